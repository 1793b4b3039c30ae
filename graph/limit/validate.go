package limit

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// maxErrors is how many errors of one document are told.
const maxErrors = 20

// Similar names are looked for when few names are wrong and none is long: every name
// of the schema is compared letter by letter with every wrong one.
const (
	maxSuggested = 10
	maxSuggestTo = 64
)

// plain are the rules of the specification but for overlapping fields, which overlap
// checks, in forms that name nothing that the document does not.
var plain = []core.Rule{
	rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.FragmentsOnCompositeTypesRule,
	rules.KnownArgumentNamesRuleWithoutSuggestions, rules.KnownDirectivesRule, rules.KnownFragmentNamesRule,
	rules.KnownRootTypeRule, rules.KnownTypeNamesRuleWithoutSuggestions, rules.LoneAnonymousOperationRule,
	rules.MaxIntrospectionDepth, rules.NoFragmentCyclesRule, rules.NoUndefinedVariablesRule, rules.NoUnusedFragmentsRule,
	rules.NoUnusedVariablesRule, rules.PossibleFragmentSpreadsRule, rules.ProvidedRequiredArgumentsRule,
	rules.ScalarLeafsRuleWithoutSuggestions, rules.SingleFieldSubscriptionsRule, rules.UniqueArgumentNamesRule,
	rules.UniqueDirectivesPerLocationRule, rules.UniqueFragmentNamesRule, rules.UniqueInputFieldNamesRule,
	rules.UniqueOperationNamesRule, rules.UniqueVariableNamesRule, rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	rules.VariablesAreInputTypesRule, rules.VariablesInAllowedPositionRule,
}

// helpful are the same rules, with the names that a wrong one may have meant.
var helpful = func() []core.Rule {
	with := map[string]core.Rule{
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions.Name: rules.FieldsOnCorrectTypeRule,
		rules.KnownArgumentNamesRuleWithoutSuggestions.Name:  rules.KnownArgumentNamesRule,
		rules.KnownTypeNamesRuleWithoutSuggestions.Name:      rules.KnownTypeNamesRule,
		rules.ScalarLeafsRuleWithoutSuggestions.Name:         rules.ScalarLeafsRule,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions.Name: rules.ValuesOfCorrectTypeRule,
	}
	all := make([]core.Rule, len(plain))
	for i, rule := range plain {
		all[i] = rule
		if other, ok := with[rule.Name]; ok {
			all[i] = other
		}
	}
	return all
}()

// validate checks a counted document against the schema. Names are suggested on
// demand only. At most maxErrors are told.
func validate(schema *ast.Schema, doc *ast.QueryDocument, text string, suggest bool) gqlerror.List {
	errs := apply(schema, doc, plain)
	if len(errs) == 0 {
		return overlap(schema, doc)
	}
	if suggest && len(errs) <= maxSuggested && longestName(text) <= maxSuggestTo {
		errs = apply(schema, doc, helpful)
	}
	return errs[:min(len(errs), maxErrors)]
}

// apply walks the document once with all rules.
func apply(schema *ast.Schema, doc *ast.QueryDocument, list []core.Rule) gqlerror.List {
	var errs gqlerror.List
	events := &core.Events{}
	for _, rule := range list {
		rule.RuleFunc(events, func(options ...core.ErrorOption) {
			err := &gqlerror.Error{Rule: rule.Name}
			for _, option := range options {
				option(err)
			}
			errs = append(errs, err)
		})
	}
	core.Walk(schema, doc, events)
	return errs
}

// longestName is the length of the longest run of letters, digits and underscores.
func longestName(text string) int {
	most, run := 0, 0
	for i := range len(text) {
		c := text[i]
		if c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			run++
			most = max(most, run)
			continue
		}
		run = 0
	}
	return most
}
