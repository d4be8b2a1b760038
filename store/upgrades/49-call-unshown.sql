-- v48 -> v49: Whether a room was told of pictures in a call that no customer can be shown
ALTER TABLE call ADD COLUMN unshown BOOLEAN NOT NULL DEFAULT false;
