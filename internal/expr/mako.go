package expr

import "fmt"

// makoCondition renders a condition once more and wants the text True or False
// (engine.md §9.3). A bare ${flag} that holds a bool stays a bool and is refused.
func makoCondition(r *Renderer, rendered any, env Env) (bool, error) {
	s, ok := rendered.(string)
	if !ok {
		return false, fmt.Errorf("the condition is a %s, not the text True or False", typeName(rendered))
	}
	job := render{r: r, env: env}
	out, err := job.text(s)
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
