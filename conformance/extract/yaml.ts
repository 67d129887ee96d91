/** Skeletons as the text of their files, in the form in which the collection's own are written. */
import { Document, isMap, isSeq, type Node } from 'yaml';
import type { DriverManifest, Semantics } from '../../schemas/index.ts';

function text(data: unknown, shape: (document: Document) => void): string {
  const document = new Document(data);
  shape(document);
  return document.toString({ lineWidth: 0 });
}

function inline(node: unknown): void {
  if (isMap(node) || isSeq(node)) node.flow = true;
}

/** A line for every member, a line for every question: both are read, searched and removed one by one. */
function questions(document: Document): void {
  const list = document.get('questions');
  if (isSeq(list)) for (const item of list.items) inline(item as Node);
}

export function yamlOfSemantics(semantics: Semantics): string {
  return text(semantics, document => {
    const fields = document.get('fields');
    if (isMap(fields)) {
      fields.flow = fields.items.length === 0;
      for (const { value } of fields.items) inline(value);
    }
    const body = document.get('body');
    if (isSeq(body) && body.items.length === 0) inline(body);
    inline(document.get('environmental'));
    questions(document);
  });
}

export function yamlOfManifest(manifest: DriverManifest): string {
  return text(manifest, document => {
    for (const key of ['features', 'params', 'profiles']) {
      const node = document.get(key);
      if (isMap(node) && node.items.length > 0) for (const { value } of node.items) inline(value);
      else inline(node);
    }
    questions(document);
  });
}
