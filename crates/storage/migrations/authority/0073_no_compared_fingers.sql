-- Nothing of the fingers that were compared is kept: nobody asked for it again. How often was compared
-- is what an application's tries are counted by.
ALTER TABLE finger_evidence DROP COLUMN sealed_comparison;
