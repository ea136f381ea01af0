-- setup
CREATE TABLE orders (id bigint PRIMARY KEY);
-- migration
CREATE TABLE moods (name text PRIMARY KEY);
INSERT INTO moods (name) VALUES ('low'), ('high');
