package ledger

const (
	sqlTiles = `SELECT n, hashes FROM consent_tile WHERE workspace_id = ? AND level = ? AND n IN (?...)`

	sqlPutTiles     = `INSERT INTO consent_tile (workspace_id, level, n, width, hashes) VALUES`
	sqlPutTilesTail = `ON CONFLICT (workspace_id, level, n) DO UPDATE SET width = excluded.width, hashes = excluded.hashes`

	sqlAddLeaves = `INSERT INTO consent_leaf (workspace_id, seq, event_id) VALUES`

	sqlAddCheckpoint = `INSERT INTO consent_checkpoint (workspace_id, size, root, note, at) VALUES (?, ?, ?, ?, ?)`

	sqlLastCheckpoint = `SELECT size, root, note FROM consent_checkpoint
		WHERE workspace_id = ? ORDER BY size DESC LIMIT 1`

	sqlCoveringCheckpoint = `SELECT size, root, note FROM consent_checkpoint
		WHERE workspace_id = ? AND size >= ? ORDER BY size LIMIT 1`

	sqlAddKey = `INSERT INTO log_key (workspace_id, name, private_sealed, verifier, created_at) VALUES (?, ?, ?, ?, ?)`

	sqlKey = `SELECT private_sealed, verifier FROM log_key WHERE workspace_id = ?`
)
