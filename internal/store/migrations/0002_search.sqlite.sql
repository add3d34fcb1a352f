-- Full-text search. The words are made by text.Words, the same for both databases: folded, lower-case, pairs of
-- letters for scripts without spaces. So the index needs no tokenizer of its own: "ascii" cuts at blanks and leaves
-- every other script alone, which is also the fastest. trigram was tried on paper and left: it finds nothing shorter
-- than three letters (most Japanese words), and its index is three times as large.
-- Contentless: the rows have the text already. The key is the status's id, so results come newest first by themselves.
create virtual table search using fts5(words, content='', contentless_delete=1, tokenize="ascii tokenchars '_'");

-- People by words of their names and handles. Short prefixes are what is typed most, and have an index of their own.
create virtual table account_search using fts5(words, content='', contentless_delete=1, prefix='1 2 3', tokenize="ascii tokenchars '_'");

-- Whatever deletes a row, be it a cascade, deletes its words.
create trigger search_gone after delete on statuses when old.reblog_of_id = 0 begin
	delete from search where rowid = old.id;
end;
create trigger account_search_gone after delete on accounts begin
	delete from account_search where rowid = old.id;
end;
