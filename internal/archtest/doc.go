// Package archtest checks what the compiler cannot: which package may import
// which, what the pure core may call, and how the tree is kept. It has tests
// only; ARCHITECTURE.md tells the same rules as a story.
package archtest
