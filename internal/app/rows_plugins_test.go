package app_test

import "testing"

// Nodes that can only be mocked are warned of unless they are.
func TestCreationWarnsOfPluginsThatAreNotServed(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.template(t, row("", "", service("code", "python_code", "v1.0.0", ""), service("news", "bk_notify", "v1.0", ""), service("ask", "bk_approve", "v1.0", ""), service("odd", "nobody", "v1", "")))
	c.create(t, input(id), "UNKNOWN_PLUGIN input.templateId @code", "UNKNOWN_PLUGIN input.templateId @news", "UNKNOWN_PLUGIN input.templateId @odd")
	c.create(t, input(id, vars{"mockData": vars{"nodes": []string{"code", "odd"}}}), "UNKNOWN_PLUGIN input.templateId @news", "UNKNOWN_PLUGIN input.templateId @odd")
}
