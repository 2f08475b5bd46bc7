ALTER TABLE flags.definition DROP CONSTRAINT definition_surface_check;
ALTER TABLE flags.definition ADD CONSTRAINT definition_surface_check CHECK (surface IN ('client', 'server', 'remote'));
COMMENT ON COLUMN flags.definition.surface IS 'client: pages may evaluate it; remote: pages may ask for its value; server: pages learn nothing of it';
