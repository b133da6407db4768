package provision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kyodaku/kyodaku/internal/contact"
	"github.com/kyodaku/kyodaku/internal/fault"
	"github.com/kyodaku/kyodaku/internal/law"
	"github.com/kyodaku/kyodaku/internal/store"
	"github.com/kyodaku/kyodaku/internal/store/storetest"
)

// clause is one requirement of APPI 27(2)-(6): its place in the law, what is done, and what
// becomes of it. A rule that is found must cite a paragraph of the place.
type clause struct {
	place string
	cites string // of the rule's citation
	does  string
	do    func(h *hall) string
	want  string
}

// The days on which a filing goes its way; the planned start is 2026-11-15.
var filingDays = []string{"noticed", "2026-10-01", "filed", "2026-10-12", "published_by_ppc", "2026-10-20", "published_by_us", "2026-10-21"}

// TestArticle27 goes through the paragraphs in the order of the law.
func TestArticle27(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(itemClauses(), barredClauses(), stateClauses(), changeClauses(), correctedClauses(), noThirdPartyClauses()) {
		t.Run(c.place+" "+c.does, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHall(t, db)
				got := c.do(h)
				if got != c.want {
					t.Fatalf("%q, want %q", got, c.want)
				}
				id, _, found := strings.Cut(got, " ")
				if rule, known := h.book.rules.Rule(law.RuleID(id)); found && known && !strings.Contains(rule.Citation, c.cites) {
					t.Errorf("%s cites %q and not %s", id, rule.Citation, c.cites)
				}
			})
		})
	}
}

// itemClauses are the items without which nothing can be frozen and filed. The sentences of
// (ii) and (vi) are the law's and stand in no field.
func itemClauses() (out []clause) {
	for _, c := range []struct {
		place, does string
		item        Item
		empty       func(*Items)
	}{
		{"27(2)(i)", "no name", ItemProvider, func(i *Items) { i.Name = " " }},
		{"27(2)(i)", "no address", ItemProvider, func(i *Items) { i.Address = "" }},
		{"27(2)(i)", "no representative of a company", ItemProvider, func(i *Items) { i.Representative = "" }},
		{"27(2)(iii)", "no items of data", ItemData, func(i *Items) { i.Data = nil }},
		{"27(2)(iv)", "no way of acquiring", ItemAcquisition, func(i *Items) { i.Acquisition = Text{En: "books"} }},
		{"27(2)(v)", "no way of providing", ItemMethod, func(i *Items) { i.Method.Ja = "\n" }},
		{"27(2)(vii)", "no way to ask for a stop", ItemStopBy, func(i *Items) { i.StopBy = Text{} }},
		{"27(2)(viii), Rules 11(4)(i)", "no way of updating", ItemUpdate, func(i *Items) { i.Update = Text{} }},
		{"27(2)(viii), Rules 11(4)(ii)", "no start", ItemStart, func(i *Items) { i.Start = "" }},
	} {
		out = append(out, clause{c.place, "27(2)", c.does, func(h *hall) string {
			items := complete()
			c.empty(&items)
			p := h.create(OptOut, items)
			_, err := h.book.Freeze(h.Context(), clerk, Programme{ID: p.ID, Workspace: h.ws}, h.now)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || len(e.Fields) != 1 || len(h.read(p.ID).Versions) != 0 {
				return fmt.Sprint(err)
			}
			return h.firstRule(p.ID) + " " + e.Fields[0].Name
		}, "PRV-03 block item_" + string(c.item)})
	}
	whole := func(h *hall) string {
		p := h.create(OptOut, complete())
		h.freeze(p.ID)
		return fmt.Sprint(len(h.read(p.ID).Versions), " version")
	}
	return append(out,
		clause{"27(2)(i)", "", "a person has no representative", func(h *hall) string {
			items := complete()
			items.Person, items.Representative = true, ""
			h.freeze(h.create(OptOut, items).ID)
			return ""
		}, ""},
		clause{"27(2)(ii)", "", "said by the program, never missing", whole, "1 version"},
		clause{"27(2)(vi)", "", "said by the program, never missing", whole, "1 version"},
		clause{"27(2)(iii)", "", "an item that was not notified", func(h *hall) string {
			p, to := h.running(), h.recipient()
			_, err := h.runs.Plan(h.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID, Fields: []string{"family_name", "email"}}, h.now)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || len(e.Fields) != 1 {
				return fmt.Sprint(err)
			}
			return e.Fields[0].Name + " " + e.Fields[0].Key
		}, "fields provision.run.not_notified"},
		clause{"27(2)(vi)", "27(2)(vi)", "somebody asks for a stop", func(h *hall) string {
			return h.keptOut(func(c contact.Contact) { h.stopPerson(c.ID) })
		}, "PRV-07 1"},
	)
}

// barredClauses are the data of the proviso, and what is made of them.
func barredClauses() []clause {
	const place, cites = "27(2) proviso", "27(2) proviso"
	flagged := func(f contact.Flags) func(h *hall) string {
		return func(h *hall) string {
			return h.keptOut(func(c contact.Contact) {
				h.write(func(tx *store.Tx) error { return h.people.Flag(h.Context(), tx, h.ws, []int64{c.ID}, f) })
			})
		}
	}
	inherited := func(f contact.Flags) func(h *hall) string {
		return func(h *hall) string {
			return h.keptOut(func(c contact.Contact) {
				old := h.person("旧", "")
				h.write(func(tx *store.Tx) error { return h.people.Flag(h.Context(), tx, h.ws, []int64{old.ID}, f) })
				h.merge(old.ID, c.ID)
			})
		}
	}
	return []clause{
		{place, cites, "sensitive data of a person", flagged(contact.FlagSensitive), "PRV-04 1"},
		{place, cites, "a sensitive item", func(h *hall) string {
			h.write(func(tx *store.Tx) error {
				_, err := h.people.CreateAttribute(h.Context(), tx, contact.Attribute{
					Workspace: h.ws, Key: "history", LabelJa: "病歴", LabelEn: "history", Kind: contact.Text, UseJa: "診療", UseEn: "care", Special: contact.Sensitive,
				}, h.now)
				return err
			})
			items := complete()
			items.Data = append(items.Data, DataItem{"attr:history", Text{Ja: "病歴"}})
			p := h.create(OptOut, items)
			h.freeze(p.ID)
			h.take(p.ID, 1, filingDays...)
			h.now = day("2026-11-20")
			run, err := h.runs.Plan(h.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: h.recipient().ID}, h.now)
			if err != nil {
				return err.Error()
			}
			return h.ruleOfRun(run)
		}, "PRV-04 block"},
		{place, cites, "acquired by deceit", flagged(contact.FlagIllicit), "PRV-04 1"},
		{place, cites, "nobody knows how it was acquired", flagged(contact.FlagUnknown), "PRV-04 1"},
		{place, cites, "received under another's opt-out", flagged(contact.FlagOptOut), "PRV-04 1"},
		{place, cites, "merged with data received under an opt-out", inherited(contact.FlagOptOut), "PRV-04 1"},
		{place, cites, "merged with data acquired by deceit", inherited(contact.FlagIllicit), "PRV-04 1"},
	}
}

// stateClauses are the states that must have been gone through before anything is provided.
func stateClauses() []clause {
	at := func(steps int, when string) func(h *hall) string {
		return func(h *hall) string {
			p := h.create(OptOut, complete())
			h.freeze(p.ID)
			h.take(p.ID, 1, filingDays[:2*steps]...)
			h.now = day(when)
			return strings.Join(h.rules(p.ID, h.now), ", ")
		}
	}
	return []clause{
		{"27(2)", "Art. 11(1)", "neither noticed nor filed", at(0, "2026-12-01"), "PRV-05 block, PRV-06 block"},
		{"27(2)", "27(2)", "noticed and not filed", at(1, "2026-12-01"), "PRV-06 block"},
		{"27(4)", "(4)", "filed and not published by the commission", at(2, "2026-12-01"), "PRV-06 block"},
		{"27(4), Rules 14", "14", "published by the commission and not by us", at(3, "2026-12-01"), "PRV-06 block"},
		{"27(2), Rules 11(1)", "Art. 11(1)", "before the planned start", at(4, "2026-11-14"), "PRV-05 block"},
		{"27(2)", "", "all of it, from the planned start", at(4, "2026-11-15"), ""},
		{"27(2), Rules 11(1)", "Art. 11(1)", "thirteen days for a stop", func(h *hall) string { return h.noticedOn("2026-11-02") }, "PRV-05 block"},
		{"27(2), Rules 11(1)", "Art. 11(1)", "fourteen days for a stop", func(h *hall) string { return h.noticedOn("2026-11-01") }, "PRV-05 warn"},
		{"27(2), Rules 11(1)", "", "thirty days for a stop", func(h *hall) string { return h.noticedOn("2026-10-16") }, ""},
		{"27(2), Rules 12", "Art. 12", "from abroad without an agent", func(h *hall) string {
			items := complete()
			items.Abroad = true
			p := h.create(OptOut, items)
			_, err := h.book.Freeze(h.Context(), clerk, Programme{ID: p.ID, Workspace: h.ws}, h.now)
			return strings.Join(h.rules(p.ID, day("2026-12-01"))[3:], ", ") + " " + wrong(err)
		}, "PRV-16 block item_1 provision.item.missing.1"},
	}
}

// changeClauses are what becomes of changes, and of the end.
func changeClauses() (out []clause) {
	for item, change := range map[Item]func(*Items){
		ItemData:        func(i *Items) { i.Data = append(i.Data, DataItem{"prefecture", Text{Ja: "都道府県"}}) },
		ItemAcquisition: func(i *Items) { i.Acquisition.Ja = "名刺から" },
		ItemMethod:      func(i *Items) { i.Method.Ja = "書面" },
		ItemStopBy:      func(i *Items) { i.StopBy.Ja = "電話" },
		ItemUpdate:      func(i *Items) { i.Update.Ja = "毎月" },
		ItemStart:       func(i *Items) { i.Start = "2027-01-15" },
	} {
		out = append(out, clause{"27(3)", "27(3)", "item " + string(item) + " changes", func(h *hall) string {
			return h.changed(OptOut, func(i *Items) { i.Start = "2027-01-15"; change(i) })
		}, "version 1 counts, owed []"})
	}
	out = append(out, clause{"27(3)", "27(3)", "the telephone of item 7 changes", func(h *hall) string {
		return h.changed(OptOut, func(i *Items) { i.Start, i.Phone = "2027-01-15", "03-0000-0000" })
	}, "version 1 counts, owed []"}, clause{"27(3)", "27(3)", "an item changes from a day that is past", func(h *hall) string {
		p := h.running()
		h.edit(p.ID, func(i *Items) { i.Update.Ja = "毎月" })
		_, err := h.book.Freeze(h.Context(), clerk, Programme{ID: p.ID, Workspace: h.ws}, h.now)
		return wrong(err)
	}, "item_8b provision.start.kept"}, clause{"27(3)", "", "item 1 has changed, and all was notified, filed and published", func(h *hall) string {
		p := h.running()
		h.now = day("2026-12-01")
		h.edit(p.ID, func(i *Items) { i.Representative = "代表取締役 名簿 次郎" })
		h.freeze(p.ID)
		h.take(p.ID, 2, "noticed", "2026-12-02", "filed", "2026-12-03", "published_by_ppc", "2026-12-10", "published_by_us", "2026-12-11")
		return strings.Join(h.rules(p.ID, h.now), ", ")
	}, ""})
	for does, change := range map[string]func(*Items){
		"the name":           func(i *Items) { i.Name = "株式会社新名簿" },
		"the address":        func(i *Items) { i.Address = "大阪市北区1-1" },
		"the representative": func(i *Items) { i.Representative = "代表取締役 名簿 次郎" },
		"the agent in Japan": func(i *Items) { i.Abroad, i.Agent = true, "代理人 花子" },
	} {
		out = append(out, clause{"27(3)", "27(3)", does + " changes", func(h *hall) string {
			return h.changed(OptOut, change)
		}, "PRV-08 warn, version 2 counts, owed [2]"})
	}
	return append(out, clause{"27(3)", "", "the provision ends", func(h *hall) string {
		p, to := h.running(), h.recipient()
		h.take(p.ID, 1, "ended", "2026-11-21")
		_, err := h.runs.Plan(h.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: to.ID}, h.now)
		after := h.read(p.ID)
		h.take(p.ID, 1, "end_filed", "2026-11-22")
		return fmt.Sprint(after.State(h.now), " ", fault.Is(err, fault.Refused), after.Owed(), h.read(p.ID).Owed())
	}, "ended true [1] []"})
}

// correctedClauses are steps that were put right: what the rules say since, of the programme and of
// what was provided on 2026-11-20.
func correctedClauses() []clause {
	// correct puts steps right, each on its new day, the later steps first.
	correct := func(h *hall, p Programme, days ...string) {
		h.Helper()
		for i := 0; i < len(days); i += 2 {
			if err := h.book.Correct(h.Context(), h.planner, p, 1, right(StepKind(days[i]), days[i+1]), h.now); err != nil {
				h.Fatalf("%s: %v", days[i], err)
			}
		}
	}
	back := func(h *hall, p Programme, k StepKind) string {
		return wrong(h.book.Correct(h.Context(), h.planner, p, 1, Correction{Kind: k, Void: true, Reason: "誤記"}, h.now))
	}
	moved := func(days ...string) func(h *hall) string {
		return func(h *hall) string {
			p := h.provided(OptOut)
			h.now = day("2026-12-01")
			correct(h, p, days...)
			return strings.Join(append(h.rules(p.ID, h.now), h.untimely(p.ID)), ", ")
		}
	}
	ended := func(then func(h *hall, p Programme) string) func(h *hall) string {
		return func(h *hall) string {
			p := h.provided(OptOut)
			h.take(p.ID, 1, "ended", "2026-11-25")
			h.now = day("2026-12-01")
			return then(h, p)
		}
	}
	late := []string{"published_by_us", "2026-11-05", "published_by_ppc", "2026-11-05", "filed", "2026-11-05"}
	return []clause{
		{"27(2), Rules 11(1)", "Art. 11(1)", "the notice was thirteen days before the start", moved(append(late, "noticed", "2026-11-02")...), "PRV-05 block, PRV-05 untimely"},
		{"27(2), Rules 11(1)", "Art. 11(1)", "the notice was fourteen days before the start", moved(append(late, "noticed", "2026-11-01")...), "PRV-05 warn, "},
		{"27(2), Rules 11(1)", "", "a notice that stood nowhere before its record gains no time", func(h *hall) string {
			p := h.running()
			return wrong(h.book.Correct(h.Context(), h.planner, p, 1, right(Noticed, "2026-09-20"), h.now))
		}, "on provision.step.early"},
		{"27(2)", "", "filed on the day after, in time all the same", moved("filed", "2026-10-03"), ""},
		{"27(2)", "", "filed before the notice", func(h *hall) string {
			p := h.running()
			return wrong(h.book.Correct(h.Context(), h.planner, p, 1, right(Filed, "2026-09-30"), h.now))
		}, "on provision.step.before"},
		{"27(4)", "(4)", "the commission published after we provided", moved("published_by_us", "2026-11-22", "published_by_ppc", "2026-11-21"), "PRV-06 untimely"},
		{"27(4), Rules 14", "14", "our publication never was", func(h *hall) string {
			p := h.provided(OptOut)
			if no := back(h, p, PublishedByUs); no != "<nil>" {
				return no
			}
			return strings.Join(append(h.rules(p.ID, h.now), h.untimely(p.ID)), ", ")
		}, "PRV-06 block, PRV-06 untimely"},
		{"27(4), Rules 14", "", "our publication never was, and data wait to go out", func(h *hall) string {
			p := h.running()
			h.person("青木", "aoki@example.jp")
			run := h.prepared(Plan{Programme: p.ID, Recipient: h.recipient().ID})
			back(h, p, PublishedByUs)
			var out strings.Builder
			err := h.runs.Download(h.Context(), h.other, h.ws, run.ID, &out, h.now)
			return fmt.Sprint(wrong(err), " ", out.Len(), h.untimely(p.ID))
		}, "law.finding 0"},
		{"27(2)", "", "the notice by which data were provided never was", func(h *hall) string {
			p := h.provided(OptOut)
			for _, k := range []StepKind{PublishedByUs, PublishedByPPC, Filed} {
				back(h, p, k)
			}
			return back(h, p, Noticed)
		}, "void provision.correction.provided"},
		{"27(3)", "", "it ended before we provided", ended(func(h *hall, p Programme) string {
			correct(h, p, "ended", "2026-11-19")
			return h.untimely(p.ID)
		}), "provision.untimely.none untimely"},
		{"27(3)", "", "it ended on the day on which we provided", ended(func(h *hall, p Programme) string {
			correct(h, p, "ended", "2026-11-20")
			return h.untimely(p.ID)
		}), ""},
		{"27(3)", "", "it never ended", ended(func(h *hall, p Programme) string {
			if no := back(h, p, Ended); no != "<nil>" {
				return no
			}
			p = h.read(p.ID)
			run := h.planned(Plan{Programme: p.ID, Recipient: h.recipient().ID})
			return fmt.Sprint(p.State(h.now), " ", run.State, " ", len(p.Differences(h.now)), len(p.Owed()), len(p.Next(h.now)), h.untimely(p.ID))
		}), "running planned 0 0 0"},
		{"27(3)", "", "it never ended, and item 1 changed meanwhile", ended(func(h *hall, p Programme) string {
			h.edit(p.ID, func(i *Items) { i.Address = "大阪市北区1-1" })
			h.freeze(p.ID)
			before := h.read(p.ID)
			back(h, p, Ended)
			after := h.read(p.ID)
			return fmt.Sprint(before.State(h.now), before.Serving(h.now).Number, before.Owed(), " ", after.State(h.now), after.Serving(h.now).Number, after.Owed())
		}), "ended1 [1] running2 [2]"},
		{"27(5)(iii)", "", "joint use was published after the data went out", func(h *hall) string {
			p := h.provided(JointUse)
			h.now = day("2026-12-01")
			correct(h, p, "noticed", "2026-11-21")
			return h.untimely(p.ID)
		}, "provision.untimely.none untimely"},
	}
}

// noThirdPartyClauses are the three that get data without being third parties.
func noThirdPartyClauses() []clause {
	stopped := func(c Class) func(h *hall) string {
		return func(h *hall) string {
			p := h.create(c, settledTerms(c))
			h.freeze(p.ID)
			if c == JointUse {
				h.take(p.ID, 1, "noticed", "2026-10-02")
			}
			h.now = day("2026-11-20")
			to := h.recipient(func(r *RecipientTerms) { r.Contract, r.Name = "業務委託契約 2026-4", "株式会社乙" })
			h.stopPerson(h.person("青木", "aoki@example.jp").ID)
			h.person("上田", "ueda@example.jp")
			run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
			if run.Counts.Provided == 2 {
				return "everybody"
			}
			return h.outOf(run)
		}
	}
	joint := func(change func(*Items)) func(h *hall) string {
		return func(h *hall) string { return h.changed(JointUse, change) }
	}
	return []clause{
		{"27(5)(i)", "", "to whom work is entrusted, a stop closes nothing", stopped(Entrust), "everybody"},
		{"27(5)(ii)", "", "to a successor, a stop closes nothing", stopped(Succession), "everybody"},
		{"27(5)(iii)", "", "to a joint user, our promise of a stop holds", stopped(JointUse), "PRV-19 1"},
		{"27(5)(iii)", "27(5)(iii)", "joint use with nobody responsible", func(h *hall) string {
			items := settledTerms(JointUse)
			items.Terms.Manager = Manager{}
			return h.firstRule(h.create(JointUse, items).ID)
		}, "PRV-13 block"},
		{"27(5)(iii)", "27(5)(iii)", "a joint user outside of the published circle", func(h *hall) string {
			p := h.create(JointUse, settledTerms(JointUse))
			h.freeze(p.ID)
			h.take(p.ID, 1, "noticed", "2026-10-02")
			run, err := h.runs.Plan(h.Context(), h.planner, Plan{Workspace: h.ws, Programme: p.ID, Recipient: h.recipient().ID}, h.now)
			if err != nil {
				return err.Error()
			}
			return h.ruleOfRun(run)
		}, "PRV-13 block"},
		{"27(6)", "", "the manager's address changes", joint(func(i *Items) { i.Terms.Manager.Address = "大阪府" }), "version 2 counts, owed [2]"},
		{"27(6)", "", "another manager", joint(func(i *Items) { i.Terms.Manager.Name = "株式会社別" }), "version 1 counts, owed []"},
		{"27(6)", "", "the purpose changes", joint(func(i *Items) { i.Terms.Purpose.Ja = "別の目的" }), "version 1 counts, owed []"},
		{"27(6)", "", "the circle of users grows", joint(func(i *Items) { i.Terms.Recipients.Ja = "だれでも" }), "version 1 counts, owed []"},
	}
}

// firstRule is the first rule found of a programme.
func (h *hall) firstRule(id int64) string {
	h.Helper()
	found := h.rules(id, h.now)
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// provided is a programme by which data went out on 2026-11-20.
func (h *hall) provided(c Class) Programme {
	h.Helper()
	p := h.create(c, settledTerms(c))
	h.freeze(p.ID)
	if c == JointUse {
		h.take(p.ID, 1, "noticed", "2026-10-01")
	} else {
		h.take(p.ID, 1, "noticed", "2026-10-01", "filed", "2026-10-02", "published_by_ppc", "2026-10-05", "published_by_us", "2026-10-06")
	}
	h.now = day("2026-11-20").Add(10 * time.Hour)
	h.person("青木", "aoki@example.jp")
	h.download(h.prepared(Plan{Programme: p.ID, Recipient: h.recipient(func(r *RecipientTerms) { r.Name = "株式会社乙" }).ID}))
	return h.read(p.ID)
}

// untimely is why the one provision of a programme was not to be made, "" where it was.
func (h *hall) untimely(id int64) string {
	h.Helper()
	list, all, err := h.runs.Untimely(h.Context(), h.db, h.read(id))
	switch {
	case err != nil || all != len(list) || all > 1:
		h.Fatalf("%d of %d, %v", len(list), all, err)
	case all == 0:
		return ""
	case list[0].Rule != nil:
		return string(list[0].Rule.ID) + " untimely"
	}
	return list[0].Key + " untimely"
}

// ruleOfRun is the rule that blocks a run as a whole.
func (h *hall) ruleOfRun(run Run) string {
	h.Helper()
	found, err := h.runs.RunFindings(h.Context(), h.db, run, h.now)
	if err != nil {
		h.Fatal(err)
	}
	if no := found.Block(); no != nil {
		return string(no.ID) + " " + string(no.Effect)
	}
	return ""
}

// keptOut does something to one of two people and says by which rule they stay out.
func (h *hall) keptOut(do func(c contact.Contact)) string {
	h.Helper()
	p, to := h.running(), h.recipient()
	h.person("上田", "ueda@example.jp")
	do(h.person("青木", "aoki@example.jp"))
	run := h.planned(Plan{Programme: p.ID, Recipient: to.ID})
	if run.Counts.Provided != 1 {
		return fmt.Sprintf("%+v", run.Counts)
	}
	return h.outOf(run)
}

func (h *hall) outOf(run Run) string {
	var out []string
	for rule, n := range run.Counts.Excluded {
		out = append(out, fmt.Sprint(rule, " ", n))
	}
	return strings.Join(out, ", ")
}

func (h *hall) noticedOn(on string) string {
	h.Helper()
	p := h.create(OptOut, complete())
	h.freeze(p.ID)
	h.take(p.ID, 1, "noticed", on, "filed", "2026-11-03", "published_by_ppc", "2026-11-04", "published_by_us", "2026-11-05")
	return strings.Join(h.rules(p.ID, day("2026-12-01")), ", ")
}

// changed freezes a change of a programme that runs and says what counts then.
func (h *hall) changed(c Class, change func(*Items)) string {
	h.Helper()
	p := h.create(c, settledTerms(c))
	h.freeze(p.ID)
	steps := filingDays
	if c == JointUse {
		steps = steps[:2]
	}
	h.take(p.ID, 1, steps...)
	h.now = day("2026-11-20")
	h.edit(p.ID, change)
	h.freeze(p.ID)
	after := h.read(p.ID)
	return strings.Join(append(h.rules(p.ID, h.now), fmt.Sprintf("version %d counts, owed %v", after.InForce().Number, after.Owed())), ", ")
}
