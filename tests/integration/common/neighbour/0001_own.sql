CREATE TABLE own (a int);
