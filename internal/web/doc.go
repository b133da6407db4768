// Package web is what operators see in a browser: it translates between pages and
// the rooms above, and decides nothing itself.
//
// Invariants: every route declares who may use it, and New refuses one that does
// not; GET and HEAD change nothing; every change is a POST that answers with a
// redirect, or with its own form and what is wrong with it; every text comes from
// the catalogues; pages are complete without script.
//
// How to add a page:
//
//  1. One file per action, named noun_verb.go (operator_invite.go). In it the
//     page's struct and a method func (s *Site) operatorInvite(c *Call) error.
//  2. A view view/operators.html that defines "title" and "main". The struct is
//     the dot. Parts to use: field, form_errors, pager, empty, badge, finding,
//     timeline, progress, steps, copy (page/parts). In a field, the label stands
//     first. A page with a progress defines "head" as {{template "reload"}} too.
//  3. A line in the area's table func (s *Site) operatorRoutes() []Route with
//     pattern, who may (Needs(account.X)), the method and its views. A new area
//     adds its table to Site.routes, its menu entry to navigation.
//  4. Texts web.* in i18n/catalogue/web_AREA.{ja,en}.toml, in both languages.
//  5. A method reads with c.Form, c.ID, c.After; ends with c.Render, c.Done (303
//     with a sentence), c.RenderForm (422), or an error, which becomes a page.
//  6. Rooms it needs become fields of Deps.
//  7. A line in the table of pages_test.go: both languages, no missing text, one
//     h1, labels tied to fields.
//
// Not here: the readers' pages (public), JSON (api), and what may be done by whom
// (account).
package web
