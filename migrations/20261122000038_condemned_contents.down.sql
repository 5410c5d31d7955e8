DROP TABLE condemned_contents;
