-- When somebody last opened a point of the device with its backup password or recovery key, in a browser, which says so itself.
alter table devices_devices add column key_proved_at timestamptz;
