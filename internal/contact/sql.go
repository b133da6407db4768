package contact

const (
	contactColumns = `id, workspace_id, family_name, given_name, family_kana, given_kana, display_name, company,
		department, title, postal_code, prefecture, country, lang, attrs, created_at, updated_at, erased_at, merged_into`
	contactWidth = 18

	sqlGetContact     = `SELECT ` + contactColumns + ` FROM contact WHERE workspace_id = ? AND id = ?`
	sqlInsertContacts = `INSERT INTO contact (id, workspace_id, family_name, given_name, family_kana, given_kana,
		display_name, company, department, title, postal_code, prefecture, country, lang, attrs, search_key,
		created_at, updated_at) VALUES`
	sqlEditContact = `UPDATE contact SET family_name = ?, given_name = ?, family_kana = ?, given_kana = ?,
		display_name = ?, company = ?, department = ?, title = ?, postal_code = ?, prefecture = ?, country = ?,
		lang = ?, attrs = ?, search_key = ?, updated_at = ? WHERE workspace_id = ? AND id = ? AND updated_at = ?`

	addressColumns = `id, workspace_id, contact_id, channel, canonical, shown, domain, hash, created_at, erased_at`
	addressWidth   = 9

	sqlAddressByHash   = `SELECT ` + addressColumns + ` FROM address WHERE workspace_id = ? AND hash = ?`
	sqlAddressByID     = `SELECT ` + addressColumns + ` FROM address WHERE workspace_id = ? AND id = ?`
	sqlAddressesOf     = `SELECT ` + addressColumns + ` FROM address WHERE contact_id = ? AND workspace_id = ? AND contact_id <> 0 ORDER BY id`
	sqlInsertAddresses = `INSERT INTO address (id, workspace_id, contact_id, channel, canonical, shown, domain, hash,
		created_at) VALUES`
	sqlUnlessKnown   = `ON CONFLICT (workspace_id, hash) DO NOTHING`
	sqlReviveAddress = `UPDATE address SET contact_id = 0, canonical = ?, shown = ?, domain = ?, erased_at = 0 WHERE id = ?`
	sqlAttach        = `UPDATE address SET contact_id = ? WHERE id = ? AND contact_id IN (0, ?)
		AND workspace_id = (SELECT workspace_id FROM contact WHERE id = ?)`
	sqlSetKey      = `UPDATE contact SET search_key = ? WHERE id = ?`
	sqlWorkspaceOf = `SELECT workspace_id FROM contact WHERE id = ?`
)
