//! Clients that mean harm. What they send is refused as it should be, and has no effect. Hostile tokens stand in `tokens`,
//! guessed passwords in `logins`, reused refresh tokens in `auth`, and what belongs to others in `walk`.

mod bodies;
mod connections;
mod crowds;
mod duplicates;
mod fields;
mod logins;
