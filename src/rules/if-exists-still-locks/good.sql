-- setup
CREATE TABLE orders (id bigint PRIMARY KEY, note text);
INSERT INTO orders SELECT generate_series(1, 100);
-- migration
ALTER TABLE orders ADD COLUMN IF NOT EXISTS amount numeric;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'price') THEN
    ALTER TABLE orders ADD COLUMN price numeric;
  END IF;
END $$;
