package desk

// RightsTx keeps who may do what.
type RightsTx interface {
	// RightsTemplates lists all of them by name.
	RightsTemplates() ([]RightsTemplate, error)
	// PutRightsTemplate inserts or replaces.
	PutRightsTemplate(*RightsTemplate) error
	DeleteRightsTemplate(name string) error
	// Assignments lists all of them by operator, template, scope and target.
	Assignments() ([]Assignment, error)
	// PutAssignment is nothing where there is the same one.
	PutAssignment(Assignment) error
	DeleteAssignment(Assignment) error
	// Holdings lists the rights people were given by themselves, by operator, module, scope and target.
	Holdings() ([]Holding, error)
	// PutHolding replaces the right of the same operator, module, scope and target.
	PutHolding(Holding) error
	// DeleteHolding deletes the right of the same operator, module, scope and target.
	DeleteHolding(Holding) error
	// RoomsOf lists the rooms somebody is wanted in, or invited to.
	RoomsOf(UserID) ([]RoomKey, error)
}

// SeedTx keeps what the configuration file said when it was last read.
type SeedTx interface {
	// Seed gives it, or "" before the first time.
	Seed() (string, error)
	PutSeed(string) error
}
