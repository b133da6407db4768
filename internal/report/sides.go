package report

import (
	"context"
	"fmt"

	"github.com/kyodaku/kyodaku/internal/addr"
	"github.com/kyodaku/kyodaku/internal/consent"
	"github.com/kyodaku/kyodaku/internal/store"
)

// Side is what a list shows beside a person: addresses, and where permissions stand.
type Side struct {
	Addresses []SideAddress
	States    []SideState
}

// SideAddress is an address as it is shown.
type SideAddress struct {
	Channel addr.Channel
	Shown   string
}

// SideState is where a permission stands at one of the person's addresses.
type SideState struct {
	// Topic is 0 for what was said about everything.
	Topic  int64
	Status consent.Status
	Basis  consent.Basis
	Grade  consent.Grade
}

// Sides reads the sides of some people of a workspace, by contact.
func Sides(ctx context.Context, r store.Reader, workspace int64, contacts []int64) (map[int64]Side, error) {
	sides := make(map[int64]Side, len(contacts))
	if err := sideAddresses(ctx, r, workspace, contacts, sides); err != nil {
		return nil, fmt.Errorf("report: sides: %w", err)
	}
	if err := sideStates(ctx, r, workspace, contacts, sides); err != nil {
		return nil, fmt.Errorf("report: sides: %w", err)
	}
	return sides, nil
}

func sideAddresses(ctx context.Context, r store.Reader, workspace int64, contacts []int64, into map[int64]Side) error {
	rows, err := r.Query(ctx, sqlSideAddresses, store.In(contacts), workspace)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var a SideAddress
		if err := rows.Scan(&id, &a.Channel, &a.Shown); err != nil {
			return err
		}
		side := into[id]
		side.Addresses = append(side.Addresses, a)
		into[id] = side
	}
	return rows.Err()
}

func sideStates(ctx context.Context, r store.Reader, workspace int64, contacts []int64, into map[int64]Side) error {
	rows, err := r.Query(ctx, sqlSideStates, store.In(contacts), workspace)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var s SideState
		if err := rows.Scan(&id, &s.Topic, &s.Status, &s.Basis, &s.Grade); err != nil {
			return err
		}
		side := into[id]
		side.States = append(side.States, s)
		into[id] = side
	}
	return rows.Err()
}
