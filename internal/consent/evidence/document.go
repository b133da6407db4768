package evidence

import "encoding/json"

// documentVersion names the shape of evidence.json.
const documentVersion = "kyodaku-evidence-v1"

// Document is evidence.json.
type Document struct {
	Version   string `json:"version"`
	CreatedAt string `json:"created_at"`
	// Record is the consent record in the shape of ISO/IEC TS 27560:2023.
	Record Record  `json:"record"`
	Log    Log     `json:"log"`
	Events []Event `json:"events"`
	// Standing is where the person's permissions stand at CreatedAt.
	Standing []Standing `json:"standing"`
	// Checkpoints are the signed heads under which the events entered the log, each
	// with the proof that it is a beginning of the head in Log.
	Checkpoints []Checkpoint `json:"checkpoints"`
	Shown       []Shown      `json:"shown"`
	Wordings    []Wording    `json:"wordings"`
	Messages    []Message    `json:"messages"`
}

// Log names the log and the head that everything is proved against.
type Log struct {
	Origin   string `json:"origin"`
	Verifier string `json:"verifier"`
	Size     int64  `json:"size"`
	// Root is in base64, as in the checkpoint.
	Root string `json:"root"`
	At   string `json:"at"`
}

// Event is one event with its proof.
type Event struct {
	// Seq is the number of the leaf in the log.
	Seq int64 `json:"seq"`
	// Event is the canonical encoding (kyodaku-event-v1); white space between its
	// members does not count.
	Event json.RawMessage `json:"event"`
	// Erased: salt and evidence were destroyed; event is then only what the log's
	// table says, and only the commitment is proved.
	Erased bool `json:"erased,omitempty"`
	// Salt and Commitment are hex; Commitment is HMAC-SHA256(salt, event).
	Salt       string `json:"salt,omitempty"`
	Commitment string `json:"commitment"`
	// Inclusion is the audit path (RFC 6962, 2.1.1) to the head, in base64.
	Inclusion []string `json:"inclusion"`
}

// Standing is where one permission stands.
type Standing struct {
	Address string `json:"address_id"`
	Purpose string `json:"purpose_id"`
	// Status is requested, given, refused, withdrawn or expired.
	Status string `json:"status"`
	Basis  string `json:"basis,omitempty"`
	Grade  string `json:"grade,omitempty"`
	Since  string `json:"since"`
	Event  string `json:"event"`
	// Stops are the kinds of suppression that cover it.
	Stops []string `json:"stops,omitempty"`
}

// Checkpoint is an earlier signed head.
type Checkpoint struct {
	Note string `json:"note"`
	// Consistency is the proof (RFC 6962, 2.1.2) towards the head, in base64.
	Consistency []string `json:"consistency"`
}

// Shown is a page or mail as people were shown it; it stands in shown/<hash>.html.
type Shown struct {
	// Hash is the SHA-256 of the file in hex.
	Hash string `json:"hash"`
	Kind string `json:"kind"`
	Lang string `json:"lang"`
	File string `json:"file"`
}

// Wording is a version of a text that the person agreed to.
type Wording struct {
	Kind    string `json:"kind"`
	Key     string `json:"key"`
	Version int64  `json:"version"`
	TextJa  string `json:"text_ja"`
	TextEn  string `json:"text_en"`
	// Hash is hex, see ledger.WordingHash.
	Hash string `json:"hash"`
}

// Message is a message that was sent to the person, or withheld.
type Message struct {
	ID      string `json:"id"`
	Class   string `json:"class"`
	Topic   string `json:"topic,omitempty"`
	Subject string `json:"subject"`
	// Event is the consent event that permitted it.
	Event      string `json:"event,omitempty"`
	Rules      string `json:"rules,omitempty"`
	PlannedAt  string `json:"planned_at"`
	FinishedAt string `json:"finished_at,omitempty"`
	Outcome    string `json:"outcome"`
	Reason     string `json:"reason,omitempty"`
	Reply      string `json:"reply,omitempty"`
}

// Record is a consent record in the shape of ISO/IEC TS 27560:2023.
type Record struct {
	SchemaVersion string     `json:"schema_version"`
	RecordID      string     `json:"record_id"`
	PrincipalID   string     `json:"pii_principal_id"`
	Processing    Processing `json:"pii_processing"`
	Parties       []Party    `json:"party_identification"`
	Events        []State    `json:"events"`
}

// Processing is section "PII processing" of a record.
type Processing struct {
	PrivacyNotice string    `json:"privacy_notice"`
	Language      string    `json:"language"`
	Purposes      []Purpose `json:"purposes"`
}

// Purpose is what the data is processed for: one topic.
type Purpose struct {
	ID      string `json:"purpose_id"`
	Purpose string `json:"purpose"`
	Type    string `json:"purpose_type"`
	// Description says what is sent, Frequency how often at most.
	Description      string   `json:"purpose_description"`
	Frequency        string   `json:"frequency"`
	LawfulBasis      string   `json:"lawful_basis"`
	PII              []PII    `json:"pii_information"`
	Controllers      []string `json:"pii_controllers"`
	CollectionMethod string   `json:"collection_method"`
	ProcessingMethod string   `json:"processing_method"`
	StorageLocations []string `json:"storage_locations"`
	RetentionPeriod  string   `json:"retention_period"`
	Jurisdictions    []string `json:"jurisdiction"`
	Recipients       []string `json:"recipient_third_parties"`
	WithdrawalMethod string   `json:"withdrawal_method"`
}

// PII is a kind of personal data that is processed.
type PII struct {
	Type        string `json:"pii_type"`
	AttributeID string `json:"pii_attribute_id"`
	Optional    bool   `json:"pii_optional"`
}

// Party is the sender or the person.
type Party struct {
	ID      string `json:"party_id"`
	Name    string `json:"party_name"`
	Address string `json:"party_address,omitempty"`
	Email   string `json:"party_email,omitempty"`
	URL     string `json:"party_url,omitempty"`
	Phone   string `json:"party_phone,omitempty"`
	Role    string `json:"party_role"`
	Contact string `json:"party_contact,omitempty"`
	Type    string `json:"party_type"`
}

// State is section "event" of a record: the state of a purpose since a time.
type State struct {
	EventID          string `json:"event_id"`
	EventTime        string `json:"event_time"`
	ValidityDuration string `json:"validity_duration"`
	EntityID         string `json:"entity_id"`
	PurposeID        string `json:"purpose_id,omitempty"`
	EventType        string `json:"event_type"`
	EventState       string `json:"event_state"`
}
