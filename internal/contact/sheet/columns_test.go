package sheet

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/i18n"
)

func TestMapColumns(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Field{
		"メールアドレス": FieldEmail, "Ｅメール（必須）": FieldEmail, "E-Mail": FieldEmail, "email_address": FieldEmail, " Mail ": FieldEmail,
		"姓": FieldFamilyName, "お名前（姓）": FieldFamilyName, "Last Name": FieldFamilyName, "名": FieldGivenName, "givenName": FieldGivenName,
		"セイ": FieldFamilyKana, "ｾｲ": FieldFamilyKana, "メイ": FieldGivenKana, "フリガナ": FieldKana, "ふりがな": FieldKana,
		"氏名": FieldDisplayName, "会社名": FieldCompany, "Company": FieldCompany, "部署": FieldDepartment, "役職": FieldTitle,
		"郵便番号": FieldPostalCode, "〒": FieldPostalCode, "ZIP code": FieldPostalCode, "都道府県": FieldPrefecture, "TEL": FieldPhone,
		"同意日時": FieldBasisAt, "取得方法": FieldBasisSource, "根拠": FieldBasis, "証跡": FieldBasisEvidence, "配信停止日": FieldRefusedAt,
		"basis_evidence": FieldBasisEvidence, "言語": FieldLocale, "国": FieldCountry, "トピック": FieldTopic,
		"attr:member_no": "attr:member_no", "ＡＴＴＲ：rank": "attr:rank", "attr:": "", "attr:日本": "", "血液型": "", "": "",
	} {
		m := MapColumns([]string{"x!", name})
		if m.Fields[1] != want || slices.Contains(m.Unknown, 1) != (want == "") {
			t.Errorf("%q: %q, want %q", name, m.Fields[1], want)
		}
	}
	m := MapColumns([]string{"メールアドレス", "姓", "Email", "好きな色"})
	if !slices.Equal(m.Unknown, []int{3}) || !slices.Equal(m.Repeated, []int{2}) || m.Index(FieldFamilyName) != 1 || m.Index(FieldTopic) != -1 {
		t.Errorf("%+v", m)
	}
	if key, ok := Field("attr:rank").Attr(); !ok || key != "rank" {
		t.Errorf("attr: %q", key)
	}
}

func TestColumnTableIsSound(t *testing.T) {
	t.Parallel()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(columnTable), "\n") {
		field, names, _ := strings.Cut(line, "|")
		field = strings.TrimSpace(field)
		checkText(t, texts, "sheet.field."+field, nil)
		for name := range strings.SplitSeq(names, ",") {
			key := columnKey(name)
			if other, ok := owner[key]; key == "" || ok && other != field {
				t.Errorf("%q stands for %s and %s", name, field, other)
			}
			owner[key] = field
		}
	}
	for _, e := range append(Encodings(), ASCII) {
		checkText(t, texts, "sheet.encoding.name."+e.String(), nil)
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("JST", 9*3600)
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, tokyo)
	at := day.Add(14*time.Hour + 5*time.Minute)
	for in, want := range map[string]time.Time{
		"2026/11/21": day, "2026-11-21": day, "2026.11.21": day, "20261121": day, "２０２６／１１／２１": day, "2026年11月21日": day,
		"2026年11月21日(土) 14:05": at, "令和8年11月21日": day, "令和 8年11月21日": day, "R8.11.21": day, "R08/11/21": day, "㋿8年11月21日": day,
		"2026/11/21 14:05": at, "2026-11-21T14:05": at, "2026-11-21 14:05:06": at.Add(6 * time.Second), "20261121 1405": {},
		"2026-11-21 14:05:06.123456": at.Add(6 * time.Second), "令和8年11月21日 14時05分": at, "2026年11月21日 14時5分6秒": at.Add(6 * time.Second),
		"2026-11-21T14:05:00+09:00": at, "2026-11-21T05:05:00Z": at, "2026-11-21 05:05:00+00": at, " 2026/11/21 ": day,
		"2026/1/2": time.Date(2026, 1, 2, 0, 0, 0, 0, tokyo), "2026年 1月 2日": time.Date(2026, 1, 2, 0, 0, 0, 0, tokyo),
		"令和元年5月1日": time.Date(2019, 5, 1, 0, 0, 0, 0, tokyo), "平成31年4月30日": time.Date(2019, 4, 30, 0, 0, 0, 0, tokyo),
		"S64.1.7": time.Date(1989, 1, 7, 0, 0, 0, 0, tokyo), "2024/2/29": time.Date(2024, 2, 29, 0, 0, 0, 0, tokyo),
		"": {}, "2026": {}, "2026/11": {}, "2026/13/1": {}, "2026/0/1": {}, "2026/2/29": {}, "2026-02-30": {}, "20260230": {}, "2026/11/0": {},
		"令和元年4月30日": {}, "平成31年5月1日": {}, "平成32年1月1日": {}, "S64.1.8": {}, "令和0年1月1日": {}, "令和8年11月": {}, "R8": {},
		"11/21/2026": {}, "21/11/2026": {}, "26/11/21": {}, "46347": {}, "2026/11-21": {}, "2026年11/21": {}, "2026/11/21x": {}, "202611211": {},
		"2026/11/21 24:00": {}, "2026/11/21 14:60": {}, "2026/11/21 14": {}, "2026/11/21 14:05x": {}, "1867/01/01": {}, "0000-00-00": {},
		"0000-01-01T00:00:00Z": {}, "2026-02-30T00:00:00Z": {}, "2026/11/21\x00": {}, "昨日": {}, "2026/11/21 14:05:": {},
	} {
		got, ok := ParseDate(in, tokyo)
		if ok != !want.IsZero() || ok && !got.Equal(want) {
			t.Errorf("%q: %v %v, want %v", in, got, ok, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026/11/21 14:05", "令和8年11月21日", "R8.11.21", "2026-11-21T05:05:00Z", "20261121", "2026年 1月 2日(土)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := ParseDate(s, time.UTC)
		if !ok {
			return
		}
		if back, ok := ParseDate(at.Format(time.RFC3339), time.UTC); !ok || back.Unix() != at.Unix() {
			t.Fatalf("%q: %v, again %v", s, at, back)
		}
	})
}
