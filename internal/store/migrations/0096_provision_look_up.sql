-- +goose Up
-- Why whoever approved a run let it go on where a rule warns and its plan gave no reason.
ALTER TABLE provision_run ADD COLUMN approval_reason TEXT NOT NULL DEFAULT '';
-- What a stop asks for each person, and what the page of records asks for each look.
CREATE INDEX provision_task_contact ON provision_task (contact_id);
CREATE INDEX provision_task_acknowledged ON provision_task (workspace_id, acknowledged_at);
-- Who may be in the United States is asked at each hand-over, and hardly anybody is.
CREATE INDEX contact_american ON contact (workspace_id) WHERE country = 'US';
CREATE INDEX address_american ON address (workspace_id) WHERE domain LIKE '%.us';
