-- setup
CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER gisthandler;
CREATE OPERATOR CLASS vector_ops DEFAULT FOR TYPE box USING ivfflat AS
  OPERATOR 1 <<,
  FUNCTION 1 gist_box_consistent (internal, box, smallint, oid, internal),
  FUNCTION 2 gist_box_union (internal, internal),
  FUNCTION 5 gist_box_penalty (internal, internal, internal),
  FUNCTION 6 gist_box_picksplit (internal, internal),
  FUNCTION 7 gist_box_same (box, box, internal);
CREATE TABLE documents (id bigint PRIMARY KEY, embedding box);
-- migration (outside a transaction)
CREATE INDEX CONCURRENTLY documents_embedding_idx ON documents USING ivfflat (embedding);
