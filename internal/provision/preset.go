package provision

// Case is a ready-made beginning for a kind of provision that often occurs.
type Case string

// The cases.
const (
	Bank       Case = "bank"
	Clinic     Case = "clinic"
	RealEstate Case = "real_estate"
	Adverts    Case = "adverts"
	Training   Case = "training"
)

// Preset is a case with the class that fits it and a draft to be filled in: what only the
// company knows is marked, and missing until it is entered. What is peculiar to the case stands
// in the catalogues, provision.case.
type Preset struct {
	Case  Case
	Class Class
	// Answers are those that lead to the class.
	Answers Answers
	Draft   Items
}

// Presets lists every case.
func Presets() []Preset { return []Preset{bank(), clinic(), realEstate(), adverts(), training()} }

// PresetOf finds a case.
func PresetOf(c Case) (Preset, bool) {
	for _, p := range Presets() {
		if p.Case == c {
			return p, true
		}
	}
	return Preset{}, false
}

var names = struct{ family, given, kana, company, prefecture, postal Text }{
	family: Text{"姓", "Family name"}, given: Text{"名", "Given name"}, kana: Text{"フリガナ（姓）", "Family name in kana"},
	company: Text{"勤務先", "Company"}, prefecture: Text{"都道府県", "Prefecture"}, postal: Text{"郵便番号", "Postal code"},
}

func person(more ...DataItem) []DataItem {
	return append([]DataItem{{"family_name", names.family}, {"given_name", names.given}}, more...)
}

// stopHere is how a stop can always be asked for: the program's own page, and the desk. The
// notice and the filing name both below it.
var stopHere = Text{
	"下記のページの「提供の停止を求める」から（お名前・パスワードは不要）、または下記の窓口へ書面・電話などで。",
	"From “Stop providing my data” on the page named below (no name or password needed), or by letter, telephone and the like to the desk named below.",
}

func bank() Preset {
	return Preset{Bank, JointUse, Answers{Group: true}, Items{
		Data:   person(DataItem{"family_kana", names.kana}, DataItem{"prefecture", names.prefecture}),
		StopBy: stopHere,
		Terms: Terms{
			Case:       Bank,
			Purpose:    Text{"銀行と証券会社が、預金・投資などの商品やサービスを、お客さまに合わせてご案内するため。", "So that the bank and the securities firm can offer each customer deposits, investments and services that fit."},
			Recipients: Text{"当社および当社グループの証券会社〔要記入：各社の社名〕", "Our company and the securities firm of our group [to fill in: the name of each]"},
		},
	}}
}

func clinic() Preset {
	return Preset{Clinic, LegalDuty, Answers{Study: true, Sensitive: true}, Items{
		Data:        person(),
		Acquisition: Text{"通常の診療の過程で、診療録・検査結果などとして取得したものです。", "They were acquired in the course of ordinary care, as records and results of examinations."},
		Method: Text{
			"診療情報と検体を解析し、結果を集計して検討します。提供先へは、氏名などを研究用の番号に置き換え、暗号化したうえで、電子的に送信します。〔要記入：研究計画書のとおりに直してください〕",
			"Information and specimens are analysed and the results compared. They go to the recipients electronically, encrypted and with a number in place of the name. [to fill in: as the protocol says]",
		},
		StopBy: Text{
			"ご自身の情報が研究に使われることを望まない方は、下記のページから、または下記の研究責任者・問い合わせ先にお申し出ください。お申し出によって診療上の不利益を受けることはありません。",
			"If you do not want your information to be used, say so on the page named below or to the persons named here. Your treatment will not suffer from it.",
		},
		Terms: Terms{
			Case: Clinic, Exception: ToAcademics,
			Ground:     Text{"提供先が学術研究機関等であり、個人データを学術研究の目的で取り扱うため。個人の権利利益を不当に侵害するおそれがないと判断した理由：〔要記入：理由〕", "The recipient is an academic institution and handles the data for academic research. Why no one's rights and interests are unduly harmed: [to fill in: the reason]"},
			Purpose:    Text{"通常の診療で得られた情報・残った検体を用い、よりよい診療のための研究を行うため。", "To study, with information and specimens left from ordinary care, how to treat better."},
			Recipients: Text{"共同研究機関〔要記入：各機関の名称と責任者〕", "The institutions that take part [to fill in: the name of each and who is responsible]"},
			Manager:    Manager{Name: "〔要記入：情報を管理する責任者の氏名または名称〕"},
			Research: Research{
				Subjects: Text{"期間中に当院を受診された方〔要記入：対象の病名・受診の期間〕", "Patients treated here in the period [to fill in: the disease and the period]"},
				Users:    Text{"当院と共同研究機関で、この研究に従事する者〔要記入：範囲〕", "Those who work on this study here and at the institutions that take part [to fill in: the range]"},
			},
		},
	}}
}

func realEstate() Preset {
	return Preset{RealEstate, OptOut, Answers{}, Items{
		Data:        person(DataItem{"prefecture", names.prefecture}, DataItem{"postal_code", names.postal}),
		Acquisition: Text{"賃貸借契約・売買契約のお申込みと締結のとき、ご本人から書面または電子データで取得します。", "From the person, on paper or electronically, when a lease or a sale is applied for and concluded."},
		Method:      Text{"書面の交付、または電子データの送信・送付", "Handed over on paper, or sent as electronic data"},
		StopBy:      stopHere,
		Update:      Text{"契約の更新・変更のつど更新します。", "Updated whenever the contract is renewed or changed."},
		Terms: Terms{
			Case:       RealEstate,
			Recipients: Text{"金融機関、司法書士、損害保険会社、不動産管理会社、家賃保証会社、指定流通機構", "Banks, judicial scriveners, insurers, managers of property, guarantors of rent, the property exchange body"},
		},
	}}
}

func adverts() Preset {
	return Preset{Adverts, Consent, Answers{Ask: true}, Items{
		Data:   person(DataItem{"prefecture", names.prefecture}),
		StopBy: stopHere,
		Terms: Terms{
			Case:       Adverts,
			Purpose:    Text{"お客さまの属性や行動に合わせた広告を、提供先の広告サービスで配信するため。", "To show advertising that fits attributes and behaviour in the recipient's advertising service."},
			Recipients: Text{"広告配信事業者〔要記入：各社の社名とプライバシーポリシーの URL〕", "Advertising networks [to fill in: the name of each, with the URL of its privacy policy]"},
		},
	}}
}

func training() Preset {
	return Preset{Training, Consent, Answers{Ask: true, Abroad: true}, Items{
		Data:   person(),
		StopBy: stopHere,
		Terms: Terms{
			Case:       Training,
			Purpose:    Text{"提供先が、AI モデルの学習・評価と、サービスの改善に用いるため。", "So that the recipient can train and evaluate models and improve its service."},
			Recipients: Text{"AI サービスの開発事業者〔要記入：社名〕", "The developer of the AI service [to fill in: its name]"},
			Foreign:    Foreign{Needed: true},
		},
	}}
}
