package provision

// What a person asked, by the contact or by an address that the contact has now.
const sqlStopsOf = `SELECT programme_id, method, received_at, created_by FROM provision_stop
		WHERE contact_id IN (?...) AND contact_id <> 0 AND workspace_id = ?
	UNION ALL SELECT s.programme_id, s.method, s.received_at, s.created_by FROM address a
		JOIN provision_stop s ON s.workspace_id = a.workspace_id AND s.address_hash = a.hash
		WHERE a.contact_id IN (?...) AND a.workspace_id = ? AND s.contact_id = 0 ORDER BY 3 DESC, 2`

const (
	sqlDoneTasks = `SELECT ` + taskColumns + ` WHERE k.workspace_id = ? AND k.acknowledged_at <> 0 ORDER BY k.acknowledged_at DESC, k.id DESC LIMIT ?`
	sqlTasksOf   = `SELECT ` + taskColumns + ` WHERE k.contact_id IN (?...) AND k.workspace_id = ? AND u.state IN ('handing', 'provided', 'uncertain') ORDER BY k.id DESC`
)
