import { describe, expect } from 'vitest';
import { compile, TemplateError } from '../../embedded/auth/go-template/index.ts';
import { embeddedTest as test } from './local.ts';

const person = {
	Email: 'ada@example.test',
	Token: '123456',
	Data: {
		name: 'Ada',
		lang: 'en',
		age: 36,
		vip: true,
		none: null,
		tags: ['a', 'b'],
		address: { city: 'London', zip: 'W1' },
		price: 1234567,
		empty: { map: {}, list: [] }
	}
};

const text = (source: string, data: Record<string, unknown> = person) => compile(source, 'text')(data);
const html = (source: string, data: Record<string, unknown> = person) => compile(source, 'html')(data);

describe('the language, as text/template has it', () => {
	test.each([
		// Fields, and what is not there.
		['{{ .Email }}', 'ada@example.test'],
		['{{.Data.address.city}}', 'London'],
		['[{{ .Nothing }}]', '[]'],
		['[{{ .Data.nothing.below.it }}]', '[]'],
		['[{{ .Data.none }}]', '[]'],
		['[{{ .Data.constructor }}]', '[]'],
		['{{ $.Token }}', '123456'],
		// Trim markers and comments.
		['a  {{- .Token -}}  b', 'a123456b'],
		['a {{/* said {{ to }} nobody */}}b', 'a b'],
		['a {{- /* gone */ -}} b', 'ab'],
		['{{- 3 }}', '3'],
		['{{-3}}', '-3'],
		// Truth: false, 0, "", nil, and what is empty.
		['{{ if .Data.vip }}yes{{ end }}', 'yes'],
		['{{ if .Data.nothing }}yes{{ else }}no{{ end }}', 'no'],
		['{{ if "" }}yes{{ else }}no{{ end }}', 'no'],
		['{{ if 0 }}yes{{ else if 0.0 }}half{{ else }}no{{ end }}', 'no'],
		['{{ if .Data.tags }}yes{{ end }}', 'yes'],
		['{{ if .Data.empty.map }}yes{{ else if .Data.empty.list }}yes{{ else if .Data.empty }}no{{ end }}', 'no'],
		['{{ if eq .Data.lang "de" }}Hallo{{ else if eq .Data.lang "en" }}Hello{{ else }}?{{ end }}', 'Hello'],
		// with, range and variables.
		['{{ with .Data.address }}{{ .city }} {{ $.Token }}{{ end }}', 'London 123456'],
		['{{ with .Data.nothing }}x{{ else with .Data.name }}{{ . }}{{ else }}y{{ end }}', 'Ada'],
		['{{ range .Data.tags }}<{{ . }}>{{ end }}', '<a><b>'],
		['{{ range $i, $tag := .Data.tags }}{{ $i }}{{ $tag }} {{ end }}', '0a 1b'],
		['{{ range $key, $value := .Data.address }}{{ $key }}={{ $value }};{{ end }}', 'city=London;zip=W1;'],
		['{{ range .Data.nothing }}x{{ else }}none{{ end }}', 'none'],
		['{{ $n := .Data.name }}{{ if true }}{{ $n = "Bob" }}{{ end }}{{ $n }}', 'Bob'],
		['{{ $n := "out" }}{{ if true }}{{ $n := "in" }}{{ end }}{{ $n }}', 'out'],
		['{{ with $a := .Data.address }}{{ $a.zip }}{{ end }}', 'W1'],
		// Functions, pipes and literals.
		['{{ and .Data.vip "both" }}', 'both'],
		['{{ and .Data.nothing (len 3) }}', ''],
		['{{ or .Data.nothing "or this" }}', 'or this'],
		['{{ not .Data.nothing }}', 'true'],
		['{{ eq .Data.lang "fr" "en" }}', 'true'],
		['{{ eq .Data.nothing "en" }}', 'false'],
		['{{ ne .Token "1" }}', 'true'],
		['{{ lt 2 10 }} {{ lt "2" "10" }}', 'true false'],
		['{{ le 2 2 }} {{ gt 3 2 }} {{ ge 1.5 2.5 }}', 'true true false'],
		['{{ len .Data.tags }}{{ len "é" }}{{ len .Data.address }}', '222'],
		['{{ index .Data.tags 1 }}{{ index .Data "address" "zip" }}[{{ index .Data "nope" }}]', 'bW1[]'],
		['{{ printf "%s is %v, %d%% of %q" .Data.name .Data.age 50 "x" }}', 'Ada is 36, 50% of "x"'],
		['{{ printf "%d" .Data.age }}', '%!d(float64=36)'],
		['{{ print "a" 1 2 "b" }}', 'a1 2b'],
		['{{ .Data.name | printf "%s-%s" "Dear" | len }}', '8'],
		['{{ (index .Data.tags 0) }}{{ (.Data.address).city }}', 'aLondon'],
		['{{ `raw \\n "text"` }} {{ "a\\tb\\u00e9\\x41" }}', 'raw \\n "text" a béA'],
		['{{ urlquery "a b&c=ü\'" }}', 'a+b%26c%3D%C3%BC%27'],
		['{{ html "<b>" }}', '&lt;b&gt;'],
		['{{ true }} {{ 1.50 }} {{ .Data.tags }} {{ .Data.address }}', 'true 1.5 [a b] map[city:London zip:W1]'],
		// Go reads JSON numbers as float64 and prints them so.
		['{{ .Data.price }} {{ .Data.age }}', '1.234567e+06 36']
	])('%s', (source, expected) => {
		expect(text(source)).toBe(expected);
	});
});

describe('what is wrong is told when a template is compiled, with its line', () => {
	test.each([
		['a\nb {{ .Email', 2, /not closed with }}/],
		['{{ if .Email }}\nx', 1, /not closed with {{ end }}/],
		['\n\n{{ end }}', 3, /without a block/],
		['{{ else }}', 1, /without a block/],
		['{{ if .A }}{{ else }}{{ else }}{{ end }}', 1, /two {{ else }}/],
		['{{ if }}x{{ end }}', 1, /value is missing/],
		['{{ }}', 1, /empty/],
		['{{ $x }}', 1, /\$x is not defined/],
		['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', 1, /\$x is not defined/],
		['{{ shout .Email }}', 1, /function shout is not supported/],
		['{{ js .Email }}', 1, /function js is not supported/],
		['{{ template "x" }}', 1, /{{ template }} is not supported/],
		['{{ range .A }}{{ break }}{{ end }}', 1, /{{ break }} is not supported/],
		['{{ .Email .Token }}', 1, /only a function takes arguments/],
		['{{ .Email | .Token }}', 1, /handed to a function only/],
		['{{ not }}', 1, /not cannot take 0 arguments/],
		['{{ eq .A }}', 1, /eq cannot take 1 argument/],
		['{{ printf "%x" .A }}', 1, /%x is not supported/],
		['{{ (.A }}', 1, /parenthesis is not closed/],
		['{{ "a\nb" }}', 1, /unexpected/],
		["{{ 'a' }}", 1, /unexpected "'"/],
		['{{ 0x1F }}', 1, /number 0x1F is not supported/],
		['x {{/* open', 1, /comment is not closed/]
	])('%s', (source, line, message) => {
		for (const kind of ['text', 'html'] as const) {
			let error: unknown;
			try {
				compile(source, kind);
			} catch (thrown) {
				error = thrown;
			}
			expect(error).toBeInstanceOf(TemplateError);
			expect(error).toMatchObject({ line, message: expect.stringMatching(message) });
		}
	});

	test.each([
		['{{ .Email.length }}', /string has no field length/],
		['{{ .Data.none.below }}', /nil has no field below/],
		['{{ lt .Data.age 40 }}', /float64 and int cannot be compared/],
		['{{ eq .Data.tags .Data.tags }}', /list cannot be compared/],
		['{{ index .Data.tags 9 }}', /out of range/],
		['{{ len .Data.nothing }}', /nil has no length/],
		['{{ range .Email }}{{ end }}', /range cannot go through string/]
	])('data that does not fit is told when it is filled in: %s', (source, message) => {
		const render = compile(`\n${source}`, 'text');
		expect(() => render(person)).toThrow(message);
		expect(() => render(person)).toThrow('line 2:');
	});
});

const attack = { Email: `"><script>alert('1')</script>@x`, Url: 'https://crm.test/a?b=1&c=ü x"y', Bad: 'javascript:alert(1)', Data: {} };

describe('values are escaped for their place, as html/template does', () => {
	test.each([
		['<p>{{ .Email }}</p>', '<p>&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x</p>'],
		['<title>{{ .Email }}</title>', '<title>&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x</title>'],
		[
			'<img alt="{{ .Email }}" title=\'{{ .Email }}\'>',
			'<img alt="&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x" title=\'&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x\'>'
		],
		['<a href="{{ .Url }}">', '<a href="https://crm.test/a?b=1&amp;c=%c3%bc%20x%22y">'],
		['<a href="/go?to={{ .Url }}">', '<a href="/go?to=https%3a%2f%2fcrm.test%2fa%3fb%3d1%26c%3d%c3%bc%20x%22y">'],
		['<a href="/go?to={{ .Url | urlquery }}">', '<a href="/go?to=https%3A%2F%2Fcrm.test%2Fa%3Fb%3D1%26c%3D%C3%BC&#43;x%22y">'],
		['<a href="{{ .Bad }}">', '<a href="#ZgotmplZ">'],
		['<a href=" {{ .Bad }}">', '<a href=" #ZgotmplZ">'],
		['<a data-href="{{ .Bad }}" xlink:href="{{ .Bad }}">', '<a data-href="#ZgotmplZ" xlink:href="#ZgotmplZ">'],
		['<img src="{{ "data:text/html,x" }}">', '<img src="#ZgotmplZ">'],
		['<a href="{{ "\\njavascript:x" }}">', '<a href="#ZgotmplZ">'],
		['<a href="{{ "HTTPS://x" }}{{ ":y" }}">', '<a href="HTTPS://x#ZgotmplZ">'],
		['<a href="mailto:{{ .Email }}">', '<a href="mailto:%22%3e%3cscript%3ealert%28%271%27%29%3c/script%3e@x">'],
		['{{ .Email | html }}', '&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x'],
		['{{ html .Email }}', '&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x'],
		[
			'{{ if true }}<b title="{{ .Email }}">{{ else }}<b>{{ end }}',
			'<b title="&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;@x">'
		],
		// A tag is never begun by what only looks like one.
		['<{{ "img src=x onerror=alert(1) " }}>', '&lt;img src=x onerror=alert(1) >'],
		['1 < 2 <!doctype html>', '1 &lt; 2 <!doctype html>'],
		// Comments are dropped, conditional ones too, and so is what stands in them.
		['a<!--[if mso]>{{ .Email }}<![endif]-->b', 'ab'],
		['<style>a > b { color: red }</style>{{ "<" }}', '<style>a > b { color: red }</style>&lt;']
	])('%s', (source, expected) => {
		expect(html(source, attack)).toBe(expected);
	});

	test.each([
		['<a href={{ .Url }}>', /put the value of href in quotes/],
		['<a href=x{{ .Url }}>', /put the value of href in quotes/],
		['<a {{ .Email }}>', /attribute/],
		['<p style="color: {{ .Email }}">', /attribute style/],
		['<p onclick="go({{ .Email }})">', /attribute onclick/],
		['<script>var x = {{ .Email }}</script>', /<script>/],
		['<style>p { color: {{ .Email }} }</style>', /<style>/],
		['<a href="{{ .Url }}', /ends inside/],
		['{{ if .A }}<a href="{{ end }}x', /different places/],
		['{{ range .A }}<a href="{{ end }}', /another place/],
		['<a href="{{ if .A }}?{{ end }}{{ .B }}">', /depends on a branch/],
		['<a href="/{{ range .A }}{{ . }}?{{ end }}">', /another place/],
		['{{ .Email | html | len }}', /html must come last/]
	])('a place where no value can be made safe is refused: %s', (source, message) => {
		expect(() => compile(source, 'html')).toThrow(TemplateError);
		expect(() => compile(source, 'html')).toThrow(message);
	});
});

test('whatever a person calls themselves, their letter has the elements that its template has', () => {
	const render = compile(
		'<p title="{{ .Data.name }}">{{ .Data.name }}</p><a href="{{ .Data.name }}">x</a><a href="/?n={{ .Data.name }}">y</a>',
		'html'
	);
	const plain = render({ Data: { name: 'Ada' } });
	const shape = (letter: string) => letter.match(/<\/?[a-z]+|["'>]/g);
	const names = ['"', "'", '<', '>', '&', '`', '=', '\\', '\0', '\n', '-->', '</a>', '<script>', '{{ .Token }}', '&#34;', '%22', '\ud800'];
	for (const first of names) {
		for (const second of names) {
			expect(shape(render({ Data: { name: `${first}x${second}` } })), JSON.stringify(first + second)).toEqual(shape(plain));
		}
	}
});

test('a subject is text of one line, whatever the data holds', () => {
	const subject = compile('Hello {{ .Data.name }}\n& welcome', 'text');
	expect(subject({ Data: { name: "O'Brien <ob@x.test>" } })).toBe("Hello O'Brien <ob@x.test> & welcome");
	expect(subject({ Data: { name: 'x\r\nBcc: all@x.test\u2028y\0z' } })).toBe('Hello x Bcc: all@x.test y z & welcome');
});
