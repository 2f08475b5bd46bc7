-- Rules: what is stored is what every node acts by; growth.json gives the first ones.

-- One row; its lock orders all changes, its number is the revision that every node follows.
CREATE TABLE activation.rule_revision (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  revision bigint NOT NULL
);
INSERT INTO activation.rule_revision (revision) VALUES (0);

CREATE TABLE activation.rule (
  key        text PRIMARY KEY,
  definition json NOT NULL,
  source     text NOT NULL CHECK (source IN ('file', 'api')),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE activation.rule IS 'Rules of activation as they are now.';
COMMENT ON COLUMN activation.rule.definition IS 'As in growth.json.';
COMMENT ON COLUMN activation.rule.source IS 'file: follows growth.json; api: an operator has defined it, the file does not touch it.';

-- A node that has not heard of the removal yet may still raise a prompt; what it raises is taken back as long as the key is here.
CREATE TABLE activation.removed_rule (
  key        text PRIMARY KEY,
  removed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE activation.removed_rule IS 'Rules that were removed lately and are not defined again: their prompts are taken back.';

CREATE INDEX prompt_open_of_rule ON activation.prompt (rule) WHERE state IN ('pending', 'shown');
