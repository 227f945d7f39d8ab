import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { check, eventually, given } from './checks.ts';
import { sql, visitor, type Person } from './project.ts';
import type { Records } from './records.ts';

/** Attachments, in the bucket its migrations made and under the policies they wrote. */
export async function checkFiles({ client }: Person): Promise<void> {
	const bucket = client.storage.from('attachments');
	const path = `${randomUUID()}.txt`;
	await check('a file goes up, and is read at its public and at a signed address', async () => {
		given(await bucket.upload(path, new Blob(['an attachment'], { type: 'text/plain' })));
		const shown = await fetch(bucket.getPublicUrl(path).data.publicUrl);
		assert.deepEqual([shown.status, shown.headers.get('content-type'), await shown.text()], [200, 'text/plain', 'an attachment']);
		const signed = await fetch(given(await bucket.createSignedUrl(path, 60)).signedUrl);
		assert.deepEqual([signed.status, await signed.text()], [200, 'an attachment']);
		assert.equal(await given(await bucket.download(path)).text(), 'an attachment');
		assert.deepEqual(
			given(await bucket.list()).map(({ name }) => name),
			[path]
		);
	});
	await check('a visitor puts nothing there and takes nothing away, and nobody overwrites', async () => {
		const guest = visitor().storage.from('attachments');
		assert.notEqual((await guest.upload(`${randomUUID()}.txt`, 'x')).error, null);
		assert.deepEqual(given(await guest.remove([path])), []);
		assert.deepEqual(given(await guest.list()), []);
		assert.notEqual((await bucket.upload(path, 'other')).error, null);
		// There is no policy for it.
		assert.notEqual((await bucket.upload(path, 'other', { upsert: true })).error, null);
		assert.equal(await given(await bucket.download(path)).text(), 'an attachment');
	});
	await check('whoever is signed in removes it', async () => {
		assert.equal(given(await bucket.remove([path])).length, 1);
		assert.deepEqual(given(await bucket.list()), []);
	});
}

/** From a deleted row to a deleted file: a trigger asks pg_net, which calls an edge function with the caller’s token, which calls Storage. */
export async function checkAttachmentsOfNotes({ client }: Person, { ada }: Records): Promise<void> {
	await check('a deleted note’s file goes with it: trigger, pg_net, edge function, Storage', async () => {
		const bucket = client.storage.from('attachments');
		const path = `${randomUUID()}.txt`;
		given(await bucket.upload(path, new Blob(['of a note'], { type: 'text/plain' })));
		const attachment = { src: bucket.getPublicUrl(path).data.publicUrl, title: 'note.txt', path, type: 'text/plain' };
		const note = given(
			await client
				.from('contact_notes')
				.insert({ contact_id: ada, text: 'With file', attachments: [attachment] })
				.select()
				.single()
		);
		assert.deepEqual(note.attachments, [attachment]);
		given(await client.from('contact_notes').delete().eq('id', note.id).select());
		await eventually(async () => {
			const [answer] = await sql`select status_code, content, error_msg from net._http_response order by id desc limit 1`;
			assert.deepEqual({ ...answer }, { status_code: 200, content: '{"status":"ok"}', error_msg: null });
		});
		assert.deepEqual(given(await bucket.list()), []);
	});
}
