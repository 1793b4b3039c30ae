// Package mock knows mock data: what a caller may send, how presets fill it in,
// and what a task freezes of it. It is pure: trees and presets come in as
// values.
//
// The rules are those of the contract's mock_data (nodes, outputs,
// mock_data_ids) with the checks that the original leaves to run time done at
// once, plus failures and schemes. A node inside a sub-process is named by its path
// (flow.Pipeline.Paths), which the original refuses (domain §7 row 43).
package mock
