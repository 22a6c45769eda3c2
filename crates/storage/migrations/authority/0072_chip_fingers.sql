-- What the fingers on a chip make a reference of, sealed under the application's key; nothing where the
-- chip has none that two fingers can be known by.
ALTER TABLE chip_readings ADD COLUMN sealed_fingers BLOB;
