-- Where an answer to a message is to go, and, for a message that is such an answer, where it goes itself.

ALTER TABLE outbox
    ADD COLUMN reply_to text,
    ADD COLUMN address  text;
