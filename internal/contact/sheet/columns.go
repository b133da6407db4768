package sheet

import (
	"strings"

	"golang.org/x/text/width"

	"github.com/kyodaku/kyodaku/internal/contact/kana"
)

// Field is what a column holds, in the words of the contact record. Own attributes
// are "attr:" and their key.
type Field string

// The fields. The text for people is "sheet.field." and the field.
const (
	FieldEmail      Field = "email"
	FieldFamilyName Field = "family_name"
	FieldGivenName  Field = "given_name"
	FieldFamilyKana Field = "family_kana"
	FieldGivenKana  Field = "given_kana"
	// FieldKana is the reading of the whole name in one cell (フリガナ).
	FieldKana        Field = "kana"
	FieldDisplayName Field = "display_name"
	FieldCompany     Field = "company"
	FieldDepartment  Field = "department"
	FieldTitle       Field = "title"
	FieldPostalCode  Field = "postal_code"
	FieldPrefecture  Field = "prefecture"
	FieldPhone       Field = "phone"
	FieldLocale      Field = "locale"
	FieldCountry     Field = "country"
	// FieldBasis is B1 to B4, the ground for mailing (law rules 1.2).
	FieldBasis         Field = "basis"
	FieldBasisSource   Field = "basis_source"
	FieldBasisAt       Field = "basis_at"
	FieldBasisEvidence Field = "basis_evidence"
	FieldRefusedAt     Field = "refused_at"
	FieldTopic         Field = "topic"

	// What the bases rest on, see contact.BasisFacts (law rules 1.2 and 5).
	FieldEntity         Field = "basis_entity"
	FieldCounterparty   Field = "counterparty"
	FieldTransaction    Field = "transaction"
	FieldDocument       Field = "document"
	FieldReceivedBy     Field = "received_by"
	FieldWritten        Field = "written"
	FieldAdsDeclined    Field = "ads_declined"
	FieldPageURL        Field = "page_url"
	FieldPageAt         Field = "page_at"
	FieldPageHash       Field = "page_hash"
	FieldPageText       Field = "page_text"
	FieldPublisher      Field = "publisher"
	FieldExpress        Field = "express"
	FieldImplied        Field = "implied"
	FieldRelevant       Field = "relevant_to_role"
	FieldSimilar        Field = "own_similar"
	FieldRefusalOffered Field = "refusal_offered"
	FieldCharity        Field = "charity"
	FieldDoubleOptIn    Field = "double_opt_in"

	// FieldFlags is what keeps a person's data from being provided, see contact.Flags.
	FieldFlags Field = "provision_flags"
)

// attrPrefix begins the fields of a workspace's own attributes.
const attrPrefix = "attr:"

// Attr returns the key of an own attribute; ok is false for the other fields.
func (f Field) Attr() (key string, ok bool) { return strings.CutPrefix(string(f), attrPrefix) }

// Mapping says what each column of a file holds.
type Mapping struct {
	// Fields has one entry a column; it is empty where the column is not used.
	Fields []Field
	// Unknown are the columns (from 0) whose name tells nothing, and Repeated those
	// that name a field which an earlier column holds already. Show both.
	Unknown, Repeated []int
}

// Index returns the column of a field, or -1.
func (m Mapping) Index(f Field) int {
	for i, have := range m.Fields {
		if have == f {
			return i
		}
	}
	return -1
}

// MapColumns recognises column names in Japanese and English, whatever their width,
// case, spaces and brackets. A person may correct the result before the import.
func MapColumns(header []string) Mapping {
	m := Mapping{Fields: make([]Field, len(header))}
	for i, name := range header {
		f := fieldOf(name)
		switch {
		case f == "":
			m.Unknown = append(m.Unknown, i)
		case m.Index(f) >= 0:
			m.Repeated = append(m.Repeated, i)
		default:
			m.Fields[i] = f
		}
	}
	return m
}

func fieldOf(name string) Field {
	plain := strings.ToLower(strings.TrimSpace(width.Fold.String(name)))
	if key, ok := strings.CutPrefix(plain, attrPrefix); ok {
		if isAttrKey(key) {
			return Field(attrPrefix + key)
		}
		return ""
	}
	return columnNames[columnKey(name)]
}

// isAttrKey tells the keys an own attribute may have.
func isAttrKey(key string) bool {
	for i := 0; i < len(key); i++ {
		if c := key[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return key != "" && len(key) <= 40
}

// columnKey folds a name so far that E-mail, e_mail and Ｅメール（必須） meet.
func columnKey(name string) string {
	name = kana.SearchKey(name)
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-‐−–—.:*※/()[]【】「」<>\"'", r) {
			return -1
		}
		return r
	}, name)
	return strings.TrimSuffix(strings.TrimSuffix(name, "必須"), "任意")
}

var columnNames = func() map[string]Field {
	m := map[string]Field{}
	for line := range strings.SplitSeq(strings.TrimSpace(columnTable), "\n") {
		field, names, _ := strings.Cut(line, "|")
		field = strings.TrimSpace(field)
		m[columnKey(field)] = Field(field)
		for name := range strings.SplitSeq(names, ",") {
			m[columnKey(name)] = Field(field)
		}
	}
	return m
}()

// columnTable holds the names seen in exports of Japanese and foreign mailing,
// CRM and address book programs.
const columnTable = `
email          | メールアドレス,メール,Eメール,Eメールアドレス,電子メール,電子メールアドレス,アドレス,mail,e-mail,email address,mail address,e-mail address,メアド,連絡先メールアドレス,PCメールアドレス,配信先アドレス,Subscriber,subscriber email,Email 1 - Value
family_name    | 姓,苗字,名字,氏,お名前(姓),氏名(姓),姓名(姓),名前(姓),family name,last name,surname,lname,sei
given_name     | 名,お名前(名),氏名(名),姓名(名),名前(名),given name,first name,forename,fname,mei
family_kana    | セイ,姓カナ,姓かな,姓フリガナ,姓(フリガナ),姓(カナ),氏カナ,カナ姓,フリガナ(セイ),フリガナ(姓),カナ(姓),お名前カナ(姓),family name kana,last name kana,last name (phonetic),phonetic last name,sei kana
given_kana     | メイ,名カナ,名かな,名フリガナ,名(フリガナ),名(カナ),カナ名,フリガナ(メイ),フリガナ(名),カナ(名),お名前カナ(名),given name kana,first name kana,first name (phonetic),phonetic first name,mei kana
kana           | フリガナ,ふりがな,カナ,氏名カナ,氏名フリガナ,お名前フリガナ,名前フリガナ,カナ氏名,氏名(カナ),氏名(フリガナ),お名前(カナ),お名前(フリガナ),よみがな,読み仮名,reading,name kana,phonetic name
display_name   | 氏名,名前,お名前,姓名,表示名,宛名,担当者,担当者名,ご担当者名,name,full name,display name
company        | 会社名,会社,企業名,法人名,勤務先,勤務先名,貴社名,御社名,団体名,組織名,company,company name,organization,organisation,organization name,account name
department     | 部署,部署名,所属,所属部署,部門,department,division
title          | 役職,役職名,肩書,肩書き,職位,title,job title,position
postal_code    | 郵便番号,〒,郵便,postal code,zip,zip code,postcode
prefecture     | 都道府県,都道府県名,県名,prefecture,state,region
phone          | 電話番号,電話,TEL,携帯電話,携帯電話番号,携帯番号,携帯,phone,phone number,telephone,mobile,mobile phone
locale         | 言語,使用言語,language,lang
country        | 国,国名,国コード,居住国,country,country code
basis          | 根拠,送信根拠,配信根拠,同意区分,legal basis,basis code
basis_source   | 取得方法,取得経路,取得元,入手経路,入手方法,登録経路,同意取得方法,source,consent source,opt-in source
basis_at       | 同意日時,同意日,取得日時,取得日,同意取得日時,同意取得日,登録日時,登録日,オプトイン日時,オプトイン日,consent date,consent time,consented at,opt-in date,opt-in time,optin time,confirm time,subscribed at
basis_evidence | 証跡,証拠,同意証跡,証跡資料,同意記録,evidence,proof,consent evidence
refused_at     | 配信停止日,配信停止日時,配信停止,停止日,停止日時,解除日,解除日時,退会日,退会日時,オプトアウト日,オプトアウト日時,受信拒否日,受信拒否日時,unsubscribed at,unsubscribe date,unsub time,opt-out date,refused at
topic          | 配信トピック,トピック,配信リスト,リスト,メルマガ,配信種別,topics,list,lists,newsletter
basis_entity     | 同意先,同意先法人,取得法人,取得事業者,consent given to,legal entity
counterparty     | 取引相手,取引先事業者,契約の相手方,counterparty
transaction      | 注文番号,契約番号,受注番号,伝票番号,order number,order id,contract number,transaction id
document         | 名刺番号,画像番号,スキャン番号,用紙番号,申込書番号,scan,scan id,document id
received_by      | 受領者,受領担当者,名刺受領者,received by
written          | 書面受領,書面での通知,in writing
ads_declined     | 広告拒否,広告お断り,広告メール拒否,ads declined
page_url         | 公表ページ,公表URL,掲載ページ,掲載URL,page url,published at url
page_at          | 公表確認日,公表確認日時,ページ確認日,画面保存日時,capture time,captured at
page_hash        | 画面ハッシュ,画面保存ハッシュ,キャプチャハッシュ,screenshot hash,capture hash
page_text        | ページ本文,掲載文,公表ページの文面,page text
publisher        | 公表者,公表者区分,publisher
express          | 明示の同意,明示同意,express consent
implied          | 黙示の同意,黙示同意,implied consent
relevant_to_role | 職務関連,職務との関連,relevant to role
own_similar      | ソフトオプトイン,類似商品,soft opt-in
refusal_offered  | 取得時の拒否欄,拒否欄,refusal offered
charity          | 慈善目的,charity
double_opt_in    | ダブルオプトイン,ダブルオプトイン済,double opt-in,double optin
provision_flags  | 第三者提供の制限,提供制限,provision flags,limits on provision
`
