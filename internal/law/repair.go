package law

// repairs are the acts by which people mend what a rule finds. A page may offer a button
// for one; of the others it leads to the place.
var repairs = [...]string{
	"add_consent_field", "add_guardian", "answer_request", "capture_page", "check_pages", "choose_purpose", "clean_list",
	"complete_label", "declare", "double_opt_in", "drop_redirect", "edit_purpose", "edit_wording", "erase_profile", "explain_tags",
	"fix_class", "fix_domain", "fix_ptr", "give_reason", "identify_person", "insert_label", "limit", "mark_button", "mend_subject",
	"name_beneficiary", "own_complaints", "publish_opt_out", "record_receipt", "remove_ads", "remove_mark", "report_incident",
	"resend", "say_withdrawal", "see_complaints", "see_refusals", "set_privacy_url", "shorten", "split_domain", "tell_principal",
	"turn_on_tls", "untick", "use_own_domain",
}
