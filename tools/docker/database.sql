-- Run once, when PostgreSQL's volume is new: Kavro's role owns its database, and is no superuser.
\set password `cat /run/secrets/database_password`
CREATE ROLE kavro LOGIN PASSWORD :'password';
CREATE DATABASE kavro OWNER kavro;
