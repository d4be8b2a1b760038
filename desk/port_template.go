package desk

// TemplateTx keeps ready answers.
type TemplateTx interface {
	Template(TemplateID) (*Template, error)
	// TemplatesOf lists the table of a site (owner "") or of a person (site ""), by number, the deleted ones too.
	TemplatesOf(site SiteID, owner UserID) ([]Template, error)
	PutTemplate(*Template) error
}
