-- setup
CREATE TABLE documents (id bigint PRIMARY KEY, embedding box);
-- migration
CREATE INDEX CONCURRENTLY documents_embedding_idx ON documents USING gist (embedding);
