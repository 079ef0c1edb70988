-- A mail is claimed by a lock, which ends with the process that has it.
ALTER TABLE mails DROP COLUMN claimed_until;
