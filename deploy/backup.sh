#!/bin/sh
# sh backup.sh FOLDER: one backup into that folder. Only a good one makes those older than BACKUP_DAYS (30) days go.
set -eu

folder=$1
name=$folder/arraigo-$(date -u +%Y%m%dT%H%M%SZ)
umask 077
rm -f "$folder"/arraigo-*.unfinished
if ! arraigo backup "$name.unfinished"; then
    echo "The backup FAILED; the older ones stay." >&2
    exit 1
fi
mv "$name.unfinished" "$name.backup"
find "$folder" -name 'arraigo-*.backup' -mtime "+${BACKUP_DAYS:-30}" -delete
echo "Backup made: $name.backup"
