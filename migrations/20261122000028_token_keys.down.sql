-- Tokens of these keys are refused from now on: whoever has one refreshes it.
DROP TABLE token_keys;
