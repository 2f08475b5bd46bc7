-- Every prompt of a user, whatever its state: to erase and to export it.
CREATE INDEX prompt_user ON activation.prompt (user_id);
