package app_test

import (
	"encoding/base64"
	"strings"
	"testing"

	enttask "rehearse.dev/ent/task"
)

// Rows 54 to 65 of the edge cases (domain §7): credentials.

func encode(plain string) string { return base64.StdEncoding.EncodeToString([]byte(plain)) }

const goodCredential = `{"bk_app_code": "shop", "bk_app_secret": "s3cr3t-value-7d1"}`

func TestRowsOfCredentials(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	// with is an input with one credential, whose value is Go data.
	with := func(value any) vars { return input(id, vars{"credentials": vars{"shop": value}}) }
	bad := "INVALID_CREDENTIAL input.credentials.shop"
	// because checks that the message says what is wrong.
	because := func(t *testing.T, a *answer, reason string) {
		t.Helper()
		message := text(a.data, "createMockTask.userErrors.0.message")
		if !strings.Contains(message, reason) || !strings.Contains(message, "shop") {
			t.Errorf("the message is %q and does not say %q", message, reason)
		}
	}

	t.Run("54 good credentials are sealed at rest", func(t *testing.T) {
		task := at(c.create(t, with(encode(goodCredential))), "task")
		row, err := s.store.Read.Task.Query().Where(enttask.ID(number(t, text(task, "id")))).Only(t.Context())
		fatal(t, err)
		if len(row.SealedCredentials) == 0 {
			t.Error("nothing was sealed")
		}
		if strings.Contains(string(row.SealedCredentials)+string(row.ExtraInfo), "s3cr3t") {
			t.Error("the secret is stored in the clear")
		}
	})
	t.Run("55 no credentials, no context", func(t *testing.T) {
		task := c.create(t, input(id, vars{"credentials": vars{}}))
		if at(task, "task.extraInfo.customContext") != nil {
			t.Errorf("extraInfo %s", asJSON(at(task, "task.extraInfo")))
		}
	})
	t.Run("56 value is an object, a number, null", func(t *testing.T) {
		for _, wrong := range []string{goodCredential, `5`, `null`, `true`, `["x"]`} {
			because(t, c.refused(t, with(raw(wrong)), bad), "must be the base64 text")
		}
	})
	t.Run("57 base64 without its padding", func(t *testing.T) {
		unpadded := strings.TrimRight(encode(goodCredential+" "), "=")
		for _, wrong := range []string{unpadded, encode(goodCredential)[1:], encode(`{"a":1}`) + "="} {
			because(t, c.refused(t, with(wrong), bad), "not standard base64")
		}
	})
	t.Run("58 characters outside the alphabet", func(t *testing.T) {
		good := encode(goodCredential)
		for _, wrong := range []string{"!!!!", good[:8] + "\n" + good[8:], good + "\r\n", " " + good, good[:8] + " " + good[8:], "-_-_"} {
			because(t, c.refused(t, with(wrong), bad), "not standard base64")
		}
	})
	t.Run("59 characters outside ASCII", func(t *testing.T) {
		because(t, c.refused(t, with("密码"), bad), "not standard base64")
	})
	t.Run("60 bytes that are not UTF-8", func(t *testing.T) {
		because(t, c.refused(t, with(encode("{\"bk_app_code\": \"\xff\xfe\"}")), bad), "not UTF-8")
	})
	t.Run("61 JSON that is no object, and no JSON", func(t *testing.T) {
		for _, wrong := range []string{`[1]`, `"x"`, `1`, `null`, `true`} {
			because(t, c.refused(t, with(encode(wrong)), bad), "not a JSON object")
		}
		for _, wrong := range []string{``, `{`, `{"a":1} x`, goodCredential + goodCredential} {
			because(t, c.refused(t, with(encode(wrong)), bad), "not JSON")
		}
	})
	t.Run("62 a key is missing, empty or no text", func(t *testing.T) {
		because(t, c.refused(t, with(encode(`{"bk_app_code": "shop"}`)), bad), "lacks bk_app_secret")
		because(t, c.refused(t, with(encode(`{"bk_app_secret": "x"}`)), bad), "lacks bk_app_code")
		c.refused(t, with(encode(`{}`)), bad, bad)
		for _, wrong := range []string{`""`, `"  "`, `5`, `null`, `["x"]`} {
			because(t, c.refused(t, with(encode(`{"bk_app_code": "shop", "bk_app_secret": `+wrong+`}`)), bad), "has a bk_app_secret")
		}
		because(t, c.refused(t, with(encode(`{"bk_app_code": "a", "bk_app_secret": "b", "bk_app_secret": "c"}`)), bad), "repeated name")
	})
	t.Run("63 credentials null, a list, a text", func(t *testing.T) {
		c.refused(t, input(id, vars{"credentials": nil}), "REQUIRED input.credentials")
		for _, wrong := range []string{`[]`, `"x"`, `5`} {
			c.refused(t, input(id, vars{"credentials": raw(wrong)}), "WRONG_TYPE input.credentials")
		}
	})
	t.Run("64 masked in every answer", func(t *testing.T) {
		const masked = `{"shop":{"bk_app_code":"shop","bk_app_secret":"******","token":"******","nested":"******"}}`
		in := with(encode(`{"bk_app_code": "shop", "bk_app_secret": "s3cr3t-value-7d1", "token": "t0k3n", "nested": {"a": "d33p"}}`))
		created := c.ask(t, createDocument, vars{"input": in})
		same(t, created.data, "createMockTask.task.extraInfo.customContext.credentials", masked)
		one := c.ask(t, `query($id: ID!) { task(id: $id) { extraInfo } node(id: $id) { ... on Task { extraInfo } } }`,
			vars{"id": text(created.data, "createMockTask.task.id")})
		same(t, one.data, "task.extraInfo.customContext.credentials", masked)
		same(t, one.data, "node.extraInfo.customContext.credentials", masked)
		many := c.ask(t, `{ tasks(first: 1) { nodes { extraInfo } edges { node { extraInfo } } } }`, nil)
		same(t, many.data, "tasks.nodes.0.extraInfo.customContext.credentials", masked)
		same(t, many.data, "tasks.edges.0.node.extraInfo.customContext.credentials", masked)
		preview := c.ask(t, previewDocument, vars{"input": in})
		for _, a := range []*answer{created, one, many, preview} {
			for _, secret := range []string{"s3cr3t", "t0k3n", "d33p"} {
				if strings.Contains(string(a.body), secret) {
					t.Errorf("%q is in %s", secret, a.body)
				}
			}
		}
	})
	t.Run("65 an error does not repeat the value", func(t *testing.T) {
		for _, plain := range []string{
			`{"bk_app_code": "shop", "bk_app_secret": "s3cr3t"`, `["s3cr3t"]`, `"s3cr3t"`, `{"bk_app_secret": "s3cr3t"}`,
			`{"s3cr3t": 1, "s3cr3t": 2, "bk_app_code": "a", "bk_app_secret": "b"}`, "\xffs3cr3t",
		} {
			a := c.refused(t, with(encode(plain)), bad)
			if body := string(a.body); strings.Contains(body, "s3cr3t") || strings.Contains(body, encode(plain)) {
				t.Errorf("%q: %s", plain, body)
			}
		}
	})
	t.Run("all bad credentials at once", func(t *testing.T) {
		c.refused(t, input(id, vars{"credentials": vars{"a": "!!!!", "b": 5, "c": encode(goodCredential), "d": encode("[]")}}),
			"INVALID_CREDENTIAL input.credentials.a", "INVALID_CREDENTIAL input.credentials.b", "INVALID_CREDENTIAL input.credentials.d")
	})
}
