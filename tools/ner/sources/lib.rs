//! Nothing: the dependencies are what is read.
