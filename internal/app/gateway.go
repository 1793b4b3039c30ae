package app

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"rehearse.dev/internal/auth"
)

// loadGatewayKeys reads the values of --gateway-key, each KID=FILE.pem. Every
// refusal names the value that it is about.
func loadGatewayKeys(values []string) (auth.GatewayKeys, error) {
	keys := auth.GatewayKeys{}
	for _, value := range values {
		kid, file, ok := strings.Cut(value, "=")
		kid, file = strings.TrimSpace(kid), strings.TrimSpace(file)
		if !ok || kid == "" || file == "" {
			return nil, refuse("gateway-key", fmt.Errorf("%q is not KID=FILE.pem", value))
		}
		if keys[kid] != nil {
			return nil, refuse("gateway-key", fmt.Errorf("%q: there is a key for %q already", value, kid))
		}
		text, err := os.ReadFile(file)
		var path *os.PathError
		if errors.As(err, &path) { // its own text repeats the name
			err = path.Err
		}
		if err == nil {
			keys[kid], err = auth.ParseGatewayKey(text)
		}
		if err != nil {
			return nil, refuse("gateway-key", fmt.Errorf("%q: %w", value, err))
		}
	}
	return keys, nil
}
