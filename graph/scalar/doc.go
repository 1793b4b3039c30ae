// Package scalar turns the custom scalars of schema.graphqls into Go values and
// back: moments and JSON that keeps the bytes it came in.
package scalar
