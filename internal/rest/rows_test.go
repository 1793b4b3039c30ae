package rest_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Rows of the edge cases (domain §7) as this route answers them. Every row is
// tested through GraphQL as well; here is what the form of the contract adds.

func TestRowsOfPlainFields(t *testing.T) {
	t.Parallel()
	c := newWorld(t).ours
	id := c.template(t, order(t))

	for name, test := range map[string]struct {
		body  object
		field string
		want  any
	}{
		"1 minimal":                      {minimal(id, object{"mock_data": object{}}), "name", "try"},
		"2 mock_data left out":           {minimal(id), "create_method", "MOCK"},
		"4 name left out":                {without(minimal(id), "name"), "name", "default_taskflow_instance"},
		"6 name of 128 characters":       {minimal(id, object{"name": " " + strings.Repeat("订", 128) + "\n"}), "name", strings.Repeat("订", 128)},
		"6 name is a number":             {minimal(id, object{"name": raw("12.50")}), "name", "12.50"},
		"7 creator of 32 characters":     {minimal(id, object{"creator": strings.Repeat("é", 32)}), "creator", strings.Repeat("é", 32)},
		"7 creator is a number":          {minimal(id, object{"creator": 7}), "creator", "7"},
		"8 description left out":         {minimal(id), "description", ""},
		"8 description empty":            {minimal(id, object{"description": ""}), "description", ""},
		"8 description is a number":      {minimal(id, object{"description": raw("-3")}), "description", "-3"},
		"9 template_id is a text":        {minimal(id, object{"template_id": strconv.Itoa(id)}), "is_started", false},
		"9 template_id is a padded text": {minimal(id, object{"template_id": " 0" + strconv.Itoa(id) + " "}), "is_started", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.create(t, test.body).Data[test.field]; got != test.want {
				t.Errorf("%s is %v", test.field, got)
			}
		})
	}
	long := strings.Repeat("订", 129)
	for name, test := range map[string]struct {
		body object
		want string
	}{
		"3 mock_data null":        {minimal(id, object{"mock_data": nil}), "REQUIRED mock_data"},
		"3 mock_data is a list":   {minimal(id, object{"mock_data": []int{}}), "WRONG_TYPE mock_data"},
		"4 name null":             {minimal(id, object{"name": nil}), "WRONG_TYPE name"},
		"5 name blank":            {minimal(id, object{"name": "   "}), "BLANK name"},
		"6 name of 129":           {minimal(id, object{"name": long}), "TOO_LONG name"},
		"6 name is a boolean":     {minimal(id, object{"name": true}), "WRONG_TYPE name"},
		"6 name is a list":        {minimal(id, object{"name": []string{"a"}}), "WRONG_TYPE name"},
		"7 creator of 33":         {minimal(id, object{"creator": strings.Repeat("é", 33)}), "TOO_LONG creator"},
		"7 creator left out":      {without(minimal(id), "creator"), "REQUIRED creator"},
		"7 creator is an object":  {minimal(id, object{"creator": object{}}), "WRONG_TYPE creator"},
		"8 description null":      {minimal(id, object{"description": nil}), "REQUIRED description"},
		"8 description is a list": {minimal(id, object{"description": []int{}}), "WRONG_TYPE description"},
		"9 template_id left out":  {without(minimal(id), "template_id"), "REQUIRED template_id"},
		"9 template_id null":      {minimal(id, object{"template_id": nil}), "WRONG_TYPE template_id"},
		"9 template_id true":      {minimal(id, object{"template_id": true}), "WRONG_TYPE template_id"},
		"9 template_id 4.5":       {minimal(id, object{"template_id": 4.5}), "WRONG_TYPE template_id"},
		"9 template_id x":         {minimal(id, object{"template_id": "x"}), "WRONG_TYPE template_id"},
		"9 template_id empty":     {minimal(id, object{"template_id": ""}), "WRONG_TYPE template_id"},
		"50 constants is a list":  {minimal(id, object{"constants": []int{}}), "WRONG_TYPE constants"},
		"50 constants null":       {minimal(id, object{"constants": nil}), "WRONG_TYPE constants"},
		"span attributes a text":  {minimal(id, object{"custom_span_attributes": "x"}), "WRONG_TYPE custom_span_attributes"},
		"NUL in a text":           {minimal(id, object{"description": "a\x00b"}), "INVALID_VALUE description"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.refused(t, test.body, test.want)
			field := test.want[strings.IndexByte(test.want, ' ')+1:]
			if r.fields[field] == "" {
				t.Errorf("the message does not blame %s: %s", field, r.Message)
			}
		})
	}
	t.Run("45 and 46 unknown constants are warned of", func(t *testing.T) {
		r := c.create(t, minimal(id, object{"constants": object{"${nobody}": 1, "order_no": 2, "${order_no}": raw(`{"a": 1.50}`)}}),
			"UNKNOWN_CONSTANT constants.${nobody}", "UNKNOWN_CONSTANT constants.order_no")
		if !strings.Contains(r.body, `"${order_no}":{"a":1.50}`) {
			t.Errorf("parameters %v", r.Data["parameters"])
		}
	})
	t.Run("unknown fields are ignored and named", func(t *testing.T) {
		c.create(t, minimal(id, object{"scope_type": "x", "label_ids": []int{1}, "pipeline_tree": object{}, "mock_data": object{"nodez": 1}}),
			"UNKNOWN_FIELD label_ids", "UNKNOWN_FIELD pipeline_tree", "UNKNOWN_FIELD scope_type", "UNKNOWN_FIELD mock_data.nodez")
		many := minimal(id)
		for i := range 200 {
			many[fmt.Sprint("x", i)] = i
		}
		r := c.post(t, many)
		if n := len(r.Warnings); !r.Result || n != 51 || r.Warnings[50].Message != "and 150 unknown fields more" {
			t.Errorf("%d warnings: %s", n, r.body)
		}
	})
	t.Run("custom_span_attributes are kept", func(t *testing.T) {
		r := c.create(t, minimal(id, object{"custom_span_attributes": object{"team": "x"}}))
		if !strings.Contains(r.body, `"custom_context":{"custom_span_attributes":{"team":"x"}}`) {
			t.Errorf("extra_info %v", r.Data["extra_info"])
		}
	})
	t.Run("106 a body that is no object", func(t *testing.T) {
		for body, want := range map[string]string{
			``: "not JSON", `{`: "not JSON", `{"a": 1} x`: "not JSON", `[]`: "must be a JSON object, not a list", `"x"`: "not a text",
			`null`: "not null", `{"name": "a", "name": "b"}`: "twice", "{\"name\": \"\xff\"}": "not UTF-8", `{"template_id": 12345678901234567890}`: "2^53",
			strings.Repeat(`{"a":`, 200) + `1` + strings.Repeat(`}`, 200): "deeper",
		} {
			r := c.post(t, body)
			if r.status != http.StatusOK || r.Result || fmt.Sprint(r.Code) != "400" || !strings.Contains(r.Message, want) {
				t.Errorf("%.40s: status %d: %s", body, r.status, r.body)
			}
		}
	})
}

func TestRowsOfTemplates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.ours
	foreign := w.theirs.template(t, order(t))
	second := c.change(t, "createSpace", "CreateSpaceInput", "space { id }", object{"name": "second"})
	elsewhere := &client{world: w, code: c.code, secret: c.secret, space: id(t, second, "space")}
	beside := elsewhere.template(t, order(t))

	t.Run("10 a missing template and one out of reach look alike", func(t *testing.T) {
		for name, template := range map[string]int{"missing": 99999, "another app's": foreign, "another space's": beside, "a space": c.space, "negative": -1} {
			r := c.post(t, minimal(template, object{"mock_data": object{"nodes": []string{"ghost"}}}))
			want := fmt.Sprintf("template does not exist, space_id=%d, template_id=%d", c.space, template)
			if r.status != http.StatusOK || r.Result || fmt.Sprint(r.Code) != "500" || r.Message != want {
				t.Errorf("%s: status %d: %s", name, r.status, r.body)
			}
		}
		if r := elsewhere.post(t, minimal(beside)); !r.Result {
			t.Errorf("the same template in its own space: %s", r.body)
		}
	})
	t.Run("10 problems of form win", func(t *testing.T) {
		c.refused(t, minimal(99999, object{"name": ""}), "BLANK name", "NOT_FOUND template_id")
	})
	t.Run("51 and 77 problems of the template are named", func(t *testing.T) {
		broken := c.template(t, order(t, `"outgoing": "l1"`, `"outgoing": "l9"`))
		r := c.post(t, minimal(broken))
		if r.Result || fmt.Sprint(r.Code) != "400" || r.fields["template_id"] == "" || !strings.Contains(r.body, `"pipeline_code":`) {
			t.Errorf("%s", r.body)
		}
	})
}

func TestRowsOfMockData(t *testing.T) {
	t.Parallel()
	c := newWorld(t).ours
	id := c.template(t, order(t))
	paid := strconv.Itoa(c.preset(t, id, "nfetch", `{"state": "paid"}`))
	mock := func(text string) object { return minimal(id, object{"mock_data": raw(text)}) }

	for name, test := range map[string]struct{ mock, want string }{
		"19 preset":                  {`{"nodes": ["nfetch"], "outputs": {}, "mock_data_ids": {"nfetch": ` + paid + `}}`, ""},
		"21 preset of a node beside": {`{"mock_data_ids": {"nfetch": ` + paid + `}}`, "INERT_OUTPUTS mock_data.mock_data_ids.nfetch"},
		"35 outputs beside":          {`{"nodes": ["ntell"], "outputs": {"nfetch": {}}}`, "INERT_OUTPUTS mock_data.outputs.nfetch"},
		"40 fails":                   {`{"nodes": ["nfetch"], "fail_nodes": ["nfetch"], "errors": {"nfetch": "no such order"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var warnings []string
			if test.want != "" {
				warnings = []string{test.want}
			}
			c.create(t, mock(test.mock), warnings...)
		})
	}
	for name, test := range map[string]struct {
		mock string
		want []string
	}{
		"23 unknown preset":            {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": 99999}}`, []string{"UNKNOWN_PRESET mock_data.mock_data_ids.nfetch"}},
		"26 preset id is a text":       {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": "` + paid + `"}}`, []string{"WRONG_TYPE mock_data.mock_data_ids.nfetch"}},
		"27 preset id abc":             {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": "abc"}}`, []string{"WRONG_TYPE mock_data.mock_data_ids.nfetch"}},
		"27 preset id is a list":       {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": [1]}}`, []string{"WRONG_TYPE mock_data.mock_data_ids.nfetch"}},
		"27 preset id null":            {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": null}}`, []string{"WRONG_TYPE mock_data.mock_data_ids.nfetch"}},
		"28 preset id true":            {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": true}}`, []string{"WRONG_TYPE mock_data.mock_data_ids.nfetch"}},
		"28 preset id 1.0":             {`{"nodes": ["nfetch"], "mock_data_ids": {"nfetch": ` + paid + `.0}}`, []string{"WRONG_TYPE mock_data.mock_data_ids.nfetch"}},
		"29 mock_data_ids is a list":   {`{"nodes": ["nfetch"], "mock_data_ids": []}`, []string{"WRONG_TYPE mock_data.mock_data_ids"}},
		"29 mock_data_ids null":        {`{"mock_data_ids": null}`, []string{"REQUIRED mock_data.mock_data_ids"}},
		"32 unknown nodes, all":        {`{"nodes": ["ghost", "nfetch", "wraith"]}`, []string{"UNKNOWN_NODE mock_data.nodes.0", "UNKNOWN_NODE mock_data.nodes.2"}},
		"33 a gateway":                 {`{"nodes": ["npaid", "nstart"]}`, []string{"NOT_AN_ACTIVITY mock_data.nodes.0", "NOT_AN_ACTIVITY mock_data.nodes.1"}},
		"34 unknown in outputs":        {`{"nodes": ["nfetch"], "outputs": {"ghost": {}}}`, []string{"UNKNOWN_NODE mock_data.outputs.ghost"}},
		"36 outputs is a list":         {`{"nodes": ["nfetch"], "outputs": []}`, []string{"WRONG_TYPE mock_data.outputs"}},
		"36 outputs is a text":         {`{"nodes": ["nfetch"], "outputs": ""}`, []string{"WRONG_TYPE mock_data.outputs"}},
		"36 outputs null":              {`{"nodes": ["nfetch"], "outputs": null}`, []string{"REQUIRED mock_data.outputs"}},
		"37 outputs of a node, a text": {`{"nodes": ["nfetch"], "outputs": {"nfetch": "x"}}`, []string{"WRONG_TYPE mock_data.outputs.nfetch"}},
		"39 nodes: blank, number":      {`{"nodes": ["", 5]}`, []string{"BLANK mock_data.nodes.0", "UNKNOWN_NODE mock_data.nodes.1"}},
		"39 nodes: boolean, null":      {`{"nodes": ["nfetch", true, null]}`, []string{"WRONG_TYPE mock_data.nodes.1", "WRONG_TYPE mock_data.nodes.2"}},
		"39 nodes is a text":           {`{"nodes": "nfetch"}`, []string{"WRONG_TYPE mock_data.nodes"}},
		"40 fails, not mocked":         {`{"nodes": [], "fail_nodes": ["nfetch"]}`, []string{"INVALID_VALUE mock_data.fail_nodes.nfetch"}},
		"40 error, does not fail":      {`{"nodes": ["nfetch"], "errors": {"nfetch": "x"}}`, []string{"INVALID_VALUE mock_data.errors.nfetch"}},
		"40 error is a list":           {`{"nodes": ["nfetch"], "fail_nodes": ["nfetch"], "errors": {"nfetch": []}}`, []string{"WRONG_TYPE mock_data.errors.nfetch"}},
		"40 errors is a list":          {`{"errors": []}`, []string{"WRONG_TYPE mock_data.errors"}},
		"40 fail_nodes blank":          {`{"fail_nodes": [" "]}`, []string{"BLANK mock_data.fail_nodes.0"}},
		"40 fail_nodes is an object":   {`{"fail_nodes": {}}`, []string{"WRONG_TYPE mock_data.fail_nodes"}},
		"43 node of a sub-process":     {`{"nodes": ["inner"]}`, []string{"UNKNOWN_NODE mock_data.nodes.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.refused(t, mock(test.mock), test.want...)
			if r.fields["mock_data"] == "" || strings.Contains(r.Message, "mockData") {
				t.Errorf("the message is %s", r.Message)
			}
		})
	}
	t.Run("44 what is stored", func(t *testing.T) {
		r := c.create(t, mock(`{"nodes": ["nfetch", "ntell", "nfetch"], "fail_nodes": ["ntell"], "mock_data_ids": {"nfetch": `+paid+`}}`))
		data := c.query(t, c.header(), `query($id: ID!) { task(id: $id) { mock { nodes outputs mockDataIds failures } } }`,
			object{"id": fmt.Sprint(r.Data["id"])})
		got := fmt.Sprint(data["task"].(object)["mock"])
		if want := "map[failures:map[ntell:mock failed] mockDataIds:map[nfetch:" + paid + "] nodes:[nfetch ntell] outputs:map[nfetch:map[state:paid]]]"; got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}

func TestRowsOfCredentials(t *testing.T) {
	t.Parallel()
	c := newWorld(t).ours
	id := c.template(t, order(t))
	encode := func(plain string) string { return base64.StdEncoding.EncodeToString([]byte(plain)) }
	const good = `{"bk_app_code": "shop", "bk_app_secret": "s3cr3t", "token": "s3cr3t-too"}`
	with := func(value any) object { return minimal(id, object{"credentials": object{"shop": value}}) }

	t.Run("54 and 64 good ones are masked", func(t *testing.T) {
		r := c.create(t, with(encode(good)))
		const masked = `"custom_context":{"credentials":{"shop":{"bk_app_code":"shop","bk_app_secret":"******","token":"******"}}}`
		if !strings.Contains(r.body, masked) || strings.Contains(r.body, "s3cr3t") {
			t.Errorf("%s", r.body)
		}
	})
	t.Run("55 none, no context", func(t *testing.T) {
		if r := c.create(t, minimal(id, object{"credentials": object{}})); strings.Contains(r.body, "custom_context") {
			t.Errorf("%s", r.body)
		}
	})
	for name, test := range map[string]struct {
		value  any
		reason string
	}{
		"56 an object":       {raw(good), "must be the base64 text"},
		"56 null":            {nil, "must be the base64 text"},
		"57 bad padding":     {strings.TrimRight(encode(good+" "), "=")[1:], "not standard base64"},
		"58 !!!!":            {"!!!!", "not standard base64"},
		"59 not ASCII":       {"密码", "not standard base64"},
		"60 not UTF-8":       {encode("\xff\xfe"), "not UTF-8"},
		"61 a list":          {encode("[1]"), "not a JSON object"},
		"61 a text":          {encode(`"s3cr3t"`), "not a JSON object"},
		"61 a number":        {encode("1"), "not a JSON object"},
		"62 without secret":  {encode(`{"bk_app_code": "shop"}`), "lacks bk_app_secret"},
		"62 without code":    {encode(`{"bk_app_secret": "s3cr3t"}`), "lacks bk_app_code"},
		"65 broken, no echo": {encode(`{"bk_app_secret": "s3cr3t"`), "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			r := c.refused(t, with(test.value), "INVALID_CREDENTIAL credentials.shop")
			if !strings.Contains(r.fields["credentials"], test.reason) || strings.Contains(r.body, "s3cr3t") {
				t.Errorf("%s", r.body)
			}
		})
	}
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"63 null": {nil, "REQUIRED credentials"}, "63 a list": {[]int{}, "WRONG_TYPE credentials"}, "63 a text": {"x", "WRONG_TYPE credentials"},
	} {
		t.Run(name, func(t *testing.T) { c.refused(t, minimal(id, object{"credentials": test.value}), test.want) })
	}
}
