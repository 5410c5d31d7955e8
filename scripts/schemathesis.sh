# Sourced by `contract` and `setup`: schemathesis, which holds a server to its OpenAPI document.
# shellcheck shell=bash

schemathesis_home() { python_home schemathesis contract-requirements.txt; }

have_schemathesis() { [ -e "$(schemathesis_home)/complete" ]; }

install_schemathesis() { install_python_home schemathesis contract-requirements.txt; }
