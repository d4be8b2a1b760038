package store

// Numbers that people see. They are counted in the transaction, so a rolled back job leaves no gap.
const (
	customerCounter = "customer"
	ticketCounter   = "ticket"

	count = `
		INSERT INTO counter (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value=counter.value + 1
		RETURNING value`
)

func (t *tx) count(name string) (int64, error) {
	n, err := one(t, func(r row, n *int64) error { return r.Scan(n) }, count, name)
	if err != nil {
		return 0, wrap(err, "count", name)
	}
	return *n, nil
}

func (t *tx) NextCustomerNumber() (int64, error) { return t.count(customerCounter) }

func (t *tx) NextTicketNumber() (int64, error) { return t.count(ticketCounter) }
