\set k random(1, :tables)
SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 't:k' ORDER BY ordinal_position;
