-- A space that was deleted keeps its mailbox until those whose meetings were cancelled with it have been told.
ALTER TABLE spaces DROP CONSTRAINT a_deleted_space_is_unmapped;
CREATE INDEX closing_spaces ON spaces (deleted_at) WHERE deleted_at IS NOT NULL AND room_mailbox IS NOT NULL;
