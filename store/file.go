package store

import (
	"go.mau.fi/util/dbutil"

	"frontdesk/desk"
)

const (
	fileColumns     = `SELECT attachment, conversation, client_id, sha256, spooled, mxc, message, created FROM file`
	getFile         = fileColumns + ` WHERE id=$1`
	getFileClientID = fileColumns + ` WHERE conversation=$1 AND client_id=$2 AND client_id <> ''`
	putFile         = `
		INSERT INTO file (id, attachment, conversation, client_id, sha256, spooled, mxc, message, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET attachment=excluded.attachment, conversation=excluded.conversation,
			client_id=excluded.client_id, sha256=excluded.sha256, spooled=excluded.spooled, mxc=excluded.mxc,
			message=excluded.message, created=excluded.created`
)

func scanFile(r row, f *desk.File) error {
	return r.Scan(dbutil.JSON{Data: &f.Attachment}, &f.Conversation, &f.ClientID, &f.SHA256, &f.Spooled, &f.MXC, &f.Message,
		instant{&f.Created})
}

func (t *tx) File(id desk.FileID) (*desk.File, error) {
	f, err := one(t, scanFile, getFile, id)
	return f, wrap(err, "get file", id)
}

func (t *tx) FileByClientID(c desk.ConversationID, clientID string) (*desk.File, error) {
	f, err := one(t, scanFile, getFileClientID, c, clientID)
	return f, wrap(err, "get file by client id in conversation", c)
}

func (t *tx) PutFile(f *desk.File) error {
	_, err := t.exec(putFile, f.ID, dbutil.JSON{Data: f.Attachment}, f.Conversation, f.ClientID, f.SHA256, f.Spooled, f.MXC,
		f.Message, nanos(f.Created))
	return wrap(err, "put file", f.ID)
}
