package template

import (
	"fmt"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"
)

const (
	firstVersion = "1.0.0"
	maxVersion   = 32 // bytes
)

// next returns the version after v, as the front ends count (domain §2.5): the
// patch goes up to 9, then the minor version up to 9, then the major version. A
// pre-release is followed by its own release. After "" comes the first version.
//
// It is false when no higher version can be written.
func next(v string) (string, bool) {
	if v == "" {
		return firstVersion, true
	}
	old, err := semver.StrictNewVersion(v)
	if err != nil {
		return "", false
	}
	major, minor, patch := old.Major(), old.Minor(), old.Patch()
	if old.Prerelease() == "" {
		patch++
		if patch >= 10 {
			minor, patch = minor+1, 0
			if minor >= 10 {
				major, minor = major+1, 0
			}
		}
	}
	bumped := semver.New(major, minor, patch, "", "")
	if !bumped.GreaterThan(old) || len(bumped.String()) > maxVersion {
		return "", false
	}
	return bumped.String(), true
}

// checkVersion says why v may not follow the release in force, or "".
func checkVersion(v, inForce string) string {
	if !utf8.ValidString(v) || len(v) > maxVersion {
		return fmt.Sprintf("a version has at most %d characters", maxVersion)
	}
	given, err := semver.StrictNewVersion(v)
	if err != nil {
		return fmt.Sprintf("%q is not a semantic version such as 1.2.3", v)
	}
	if inForce == "" {
		return ""
	}
	current, err := semver.StrictNewVersion(inForce)
	if err != nil || given.GreaterThan(current) {
		return ""
	}
	return fmt.Sprintf("version %s is not above %s, the release in force", v, inForce)
}
