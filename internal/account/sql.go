package account

// Workspaces, sender profiles, domains.
const (
	sqlInstalled = `SELECT set_up_at FROM installation WHERE id = 1`
	sqlInstall   = `INSERT INTO installation (id, set_up_at) VALUES (1, ?)`

	labelColumns     = `legal_name, legal_name_en, postal_address, postal_address_en, phone, email, url`
	labelChanges     = `legal_name = ?, legal_name_en = ?, postal_address = ?, postal_address_en = ?, phone = ?, email = ?, url = ?`
	workspaceColumns = `id, slug, name, ` + labelColumns + `, privacy_url, lang, zone, non_profit, created_at, updated_at`

	sqlWorkspaces      = `SELECT ` + workspaceColumns + ` FROM workspace ORDER BY created_at, id`
	sqlWorkspaceByID   = `SELECT ` + workspaceColumns + ` FROM workspace WHERE id = ?`
	sqlWorkspaceBySlug = `SELECT ` + workspaceColumns + ` FROM workspace WHERE slug = ?`
	sqlAddWorkspace    = `INSERT INTO workspace (` + workspaceColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlEditWorkspace   = `UPDATE workspace SET name = ?, ` + labelChanges + `, privacy_url = ?, lang = ?, zone = ?, non_profit = ?, updated_at = ? WHERE id = ? AND updated_at = ?`
	// sqlLockWorkspace changes nothing; it makes changes of members wait for each other.
	sqlLawPolicy    = `SELECT country, equipment, market, consent_only, mail_order, charity, bundled, ageing_months FROM workspace WHERE id = ?`
	sqlSetLawPolicy = `UPDATE workspace SET country = ?, equipment = ?, market = ?, consent_only = ?, mail_order = ?, charity = ?, bundled = ?, ageing_months = ? WHERE id = ?`
	// Those who begin here send advertising to those who consented, until they say otherwise.
	sqlConsentOnly = `UPDATE workspace SET consent_only = TRUE WHERE id = ?`

	sqlLockWorkspace = `UPDATE workspace SET id = id WHERE id = ?`

	profileColumns    = `id, workspace_id, name, ` + labelColumns + `, from_name, from_address, reply_to, created_at, updated_at`
	sqlProfiles       = `SELECT ` + profileColumns + `, archived_at FROM sender_profile WHERE workspace_id = ? AND archived_at = 0 ORDER BY created_at, id`
	sqlProfileByID    = `SELECT ` + profileColumns + `, archived_at FROM sender_profile WHERE id = ? AND workspace_id = ?`
	sqlAddProfile     = `INSERT INTO sender_profile (` + profileColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlEditProfile    = `UPDATE sender_profile SET name = ?, ` + labelChanges + `, from_name = ?, from_address = ?, reply_to = ?, updated_at = ? WHERE id = ? AND workspace_id = ? AND updated_at = ? AND archived_at = 0`
	sqlArchiveProfile = `UPDATE sender_profile SET archived_at = ? WHERE id = ? AND workspace_id = ? AND archived_at = 0`

	domainColumns = `id, workspace_id, domain, state, detail, checked_at, created_at, spf, dkim, dmarc, ptr, reach, plain, mixed, seen, looked_at, green_at,
		spf_at, dkim_at, dmarc_at, ptr_at, reach_at`
	sqlDomain       = `SELECT ` + domainColumns + ` FROM sending_domain WHERE workspace_id = ? AND domain = ?`
	sqlHoldDomain   = sqlDomain + ` /*hold*/`
	sqlDomains      = `SELECT ` + domainColumns + ` FROM sending_domain WHERE workspace_id = ? ORDER BY domain`
	sqlEnsureDomain = `INSERT INTO sending_domain (id, workspace_id, domain, state, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (workspace_id, domain) DO NOTHING`
	sqlDomainState  = `UPDATE sending_domain SET state = CASE WHEN checked_at > ? THEN state ELSE ? END,
		detail = CASE WHEN checked_at > ? THEN detail ELSE ? END, checked_at = CASE WHEN checked_at > ? THEN checked_at ELSE ? END
		WHERE workspace_id = ? AND domain = ?`
	sqlDomainMarks = `UPDATE sending_domain SET spf = ?, dkim = ?, dmarc = ?, ptr = ?, reach = ?, spf_at = ?, dkim_at = ?, dmarc_at = ?,
		ptr_at = ?, reach_at = ?, plain = ?, seen = ?, looked_at = ?, green_at = ?
		WHERE workspace_id = ? AND domain = ?`
	sqlDomainMixed = `UPDATE sending_domain SET mixed = ? WHERE workspace_id = ? AND domain = ? AND mixed <> ?`
)

// Operators and their places.
const (
	operatorColumns    = `o.id, o.email, o.name, o.lang, o.password_hash <> '', o.totp_confirmed_at, o.created_at, o.disabled_at`
	sqlOperatorByID    = `SELECT ` + operatorColumns + ` FROM operator o WHERE o.id = ?`
	sqlOperatorByEmail = `SELECT ` + operatorColumns + ` FROM operator o WHERE o.email = ?`
	sqlHoldOperator    = sqlOperatorByID + ` /*hold*/`
	sqlAddOperator     = `INSERT INTO operator (id, email, name, lang, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)`
	sqlEditOperator    = `UPDATE operator SET name = ?, lang = ? WHERE id = ?`
	sqlEnableOperator  = `UPDATE operator SET name = ?, lang = ?, password_hash = '', disabled_at = 0 WHERE id = ?`
	sqlDisableOperator = `UPDATE operator SET disabled_at = ?, password_hash = '' WHERE id = ?`

	sqlRole         = `SELECT m.role FROM membership m JOIN operator o ON o.id = m.operator_id WHERE m.workspace_id = ? AND m.operator_id = ? AND o.disabled_at = 0`
	sqlAddMember    = `INSERT INTO membership (workspace_id, operator_id, role, created_at) VALUES (?, ?, ?, ?)`
	sqlSetRole      = `UPDATE membership SET role = ? WHERE workspace_id = ? AND operator_id = ?`
	sqlRemoveMember = `DELETE FROM membership WHERE workspace_id = ? AND operator_id = ?`
	sqlMemberships  = `SELECT workspace_id, operator_id, role, created_at FROM membership WHERE operator_id = ? ORDER BY created_at, workspace_id`
	sqlCountPlaces  = `SELECT COUNT(*) FROM membership WHERE operator_id = ?`
	// sqlCountOwners counts those who can really sign in: an invitation may never be accepted.
	sqlCountOwners = `SELECT COUNT(*) FROM membership m JOIN operator o ON o.id = m.operator_id WHERE m.workspace_id = ? AND m.role = 'owner' AND o.disabled_at = 0 AND o.password_hash <> ''`
	sqlFirstOwner  = `SELECT m.operator_id FROM membership m WHERE m.workspace_id = ? AND m.role = 'owner' ORDER BY m.created_at, m.operator_id LIMIT 1`
	sqlMembers     = `SELECT m.workspace_id, m.role, m.created_at,
  (SELECT COALESCE(MAX(s.seen_at), 0) FROM session s WHERE s.operator_id = m.operator_id AND s.workspace_id = m.workspace_id), ` + operatorColumns + `
FROM membership m JOIN operator o ON o.id = m.operator_id WHERE m.workspace_id = ? ORDER BY m.created_at, m.operator_id`
)

// Signing in.
const (
	// sqlCredential also picks the workspace used last, or the first one.
	sqlCredential = `SELECT o.id, o.password_hash, o.totp_confirmed_at <> 0, COALESCE((
  SELECT m.workspace_id FROM membership m WHERE m.operator_id = o.id ORDER BY
    (SELECT COALESCE(MAX(s.seen_at), 0) FROM session s WHERE s.operator_id = m.operator_id AND s.workspace_id = m.workspace_id) DESC,
    m.created_at, m.workspace_id LIMIT 1), 0)
FROM operator o WHERE o.email = ? AND o.disabled_at = 0`
	sqlLockCredential  = `UPDATE operator SET id = id WHERE id = ? AND password_hash = ? AND disabled_at = 0 AND (totp_confirmed_at <> 0) = ?`
	sqlReplacePassword = `UPDATE operator SET password_hash = ? WHERE id = ? AND password_hash = ? AND disabled_at = 0`
	sqlSetPassword     = `UPDATE operator SET password_hash = ? WHERE id = ? AND disabled_at = 0`

	sessionColumns     = `s.id, s.operator_id, s.workspace_id, s.second_factor_due, s.network, s.user_agent, s.created_at, s.seen_at, s.expires_at`
	sqlSessionBySecret = `SELECT ` + sessionColumns + `, m.role, ` + operatorColumns + `
FROM session s JOIN operator o ON o.id = s.operator_id JOIN membership m ON m.operator_id = s.operator_id AND m.workspace_id = s.workspace_id
WHERE s.token_hash = ? AND s.revoked_at = 0 AND s.expires_at > ? AND s.seen_at > ? AND o.disabled_at = 0`
	sqlSessions        = `SELECT ` + sessionColumns + ` FROM session s WHERE s.operator_id = ? AND s.revoked_at = 0 AND s.expires_at > ? AND s.seen_at > ? ORDER BY s.seen_at DESC, s.id DESC LIMIT 100`
	sqlAddSession      = `INSERT INTO session (id, token_hash, operator_id, workspace_id, second_factor_due, network, user_agent, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlTouchSession    = `UPDATE session SET seen_at = ? WHERE id = ? AND seen_at < ?`
	sqlCompleteSession = `UPDATE session SET token_hash = ?, second_factor_due = FALSE, seen_at = ?, expires_at = ? WHERE id = ? AND second_factor_due = TRUE AND revoked_at = 0`
	sqlSwitchSession   = `UPDATE session SET workspace_id = ? WHERE id = ? AND revoked_at = 0`
	sqlRevokeSession   = `UPDATE session SET revoked_at = ? WHERE id = ? AND operator_id = ? AND revoked_at = 0`
	sqlRevokeOthers    = `UPDATE session SET revoked_at = ? WHERE operator_id = ? AND id <> ? AND revoked_at = 0`
	sqlRevokeHere      = `UPDATE session SET revoked_at = ? WHERE operator_id = ? AND workspace_id = ? AND revoked_at = 0`
	sqlSweepSessions   = `DELETE FROM session WHERE seen_at < ? OR expires_at < ?`

	sqlLink = `SELECT l.workspace_id, l.purpose, l.expires_at, ` + operatorColumns + `
FROM signin_link l JOIN operator o ON o.id = l.operator_id JOIN membership m ON m.operator_id = l.operator_id AND m.workspace_id = l.workspace_id
WHERE l.token_hash = ? AND l.used_at = 0 AND l.expires_at > ? AND o.disabled_at = 0`
	sqlAddLink    = `INSERT INTO signin_link (token_hash, operator_id, workspace_id, purpose, expires_at) VALUES (?, ?, ?, ?, ?)`
	sqlUseLink    = `UPDATE signin_link SET used_at = ? WHERE token_hash = ? AND used_at = 0 AND expires_at > ?`
	sqlSpendLinks = `UPDATE signin_link SET used_at = ? WHERE operator_id = ? AND used_at = 0`
	sqlSweepLinks = `DELETE FROM signin_link WHERE expires_at < ?`

	sqlAuthenticator = `SELECT totp_sealed, totp_confirmed_at <> 0 FROM operator WHERE id = ?`
	sqlEnrol         = `UPDATE operator SET totp_sealed = ?, totp_last_step = 0 WHERE id = ? AND totp_confirmed_at = 0`
	sqlConfirmTOTP   = `UPDATE operator SET totp_confirmed_at = ?, totp_last_step = ? WHERE id = ? AND totp_confirmed_at = 0`
	sqlSpendStep     = `UPDATE operator SET totp_last_step = ? WHERE id = ? AND totp_last_step < ?`
	sqlDropTOTP      = `UPDATE operator SET totp_sealed = NULL, totp_confirmed_at = 0, totp_last_step = 0 WHERE id = ?`
	sqlAddRecovery   = `INSERT INTO recovery_code (operator_id, code_hash) VALUES (?, ?)`
	sqlSpendRecovery = `UPDATE recovery_code SET used_at = ? WHERE operator_id = ? AND code_hash = ? AND used_at = 0`
	sqlDropRecovery  = `DELETE FROM recovery_code WHERE operator_id = ?`
	sqlCountRecovery = `SELECT COUNT(*) FROM recovery_code WHERE operator_id = ? AND used_at = 0`
)

// API keys and the audit log.
const (
	keyColumns     = `id, workspace_id, name, hint, scopes, created_by, created_at, expires_at, used_at, revoked_at`
	sqlKeys        = `SELECT ` + keyColumns + ` FROM api_key WHERE workspace_id = ? ORDER BY created_at DESC, id DESC`
	sqlKeyBySecret = `SELECT ` + keyColumns + ` FROM api_key WHERE token_hash = ? AND revoked_at = 0 AND expires_at > ?`
	sqlKeyMaker    = `SELECT created_by FROM api_key WHERE id = ? AND workspace_id = ?`
	sqlAddKey      = `INSERT INTO api_key (id, workspace_id, name, token_hash, hint, scopes, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlRevokeKey   = `UPDATE api_key SET revoked_at = ? WHERE id = ? AND workspace_id = ? AND revoked_at = 0`
	sqlTouchKey    = `UPDATE api_key SET used_at = ? WHERE id = ? AND used_at < ?`

	sqlAudit = `INSERT INTO audit (id, workspace_id, at, actor_kind, actor_id, action, subject_kind, subject_id, reason, detail, network) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	// sqlAuditList is in order of time, not of id: nodes take ids in blocks.
	sqlAuditList = `SELECT id, workspace_id, at, actor_kind, actor_id, action, subject_kind, subject_id, reason, detail, network FROM audit
WHERE workspace_id = ? AND at >= ? AND at < ? AND (at, id) < (?, ?)
  AND (CAST(? AS TEXT) = '' OR actor_kind = ?) AND (CAST(? AS BIGINT) = 0 OR actor_id = ?)
  AND (CAST(? AS TEXT) = '' OR subject_kind = ?) AND (CAST(? AS BIGINT) = 0 OR subject_id = ?)
  AND (CAST(? AS TEXT) = '' OR action = ?)
ORDER BY at DESC, id DESC LIMIT ?`
)
