package expr

import "fmt"

// makoCondition renders a condition once more and wants the text True or False
// (engine.md §9.3). A bare ${flag} that holds a bool stays a bool and is refused.
func makoCondition(j *render, rendered any) (bool, error) {
	s, ok := rendered.(string)
	if !ok {
		return false, fmt.Errorf("the condition is a %s, not the text True or False", typeName(rendered))
	}
	again := &render{r: j.r, env: j.env, steps: j.steps, output: j.output}
	out, err := again.text(s)
	if err != nil {
		return false, &hydrationError{err}
	}
	switch out {
	case "True":
		return true, nil
	case "False":
		return false, nil
	}
	return false, fmt.Errorf("the condition gives %s instead of the text True or False", cut(reprOf(out), 120))
}
