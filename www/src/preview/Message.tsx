// What the alerts that fire on an event say of it, and the ways out of a false alarm.
import { useEffect, useState } from "preact/hooks";
import { engine } from "../engine/client.ts";
import type { EventDetail, Message as Said, TemplateText } from "../engine/types.ts";
import { editFile } from "../files/EditFile.tsx";
import { fileOf, files, manifest } from "../state/project.ts";
import { copy } from "../ui/copy.ts";
import { plain } from "../ui/plain.ts";
import { RuleLink } from "./Detail.tsx";

/** The project's templates with the texts of their files; those whose files are not there are left out. */
function templates(): TemplateText[] {
  return (manifest.value.templates ?? []).flatMap(({ name, subject, text, html }) => {
    const [body, page] = [fileOf(text), html === null ? null : fileOf(html)];
    return body && page !== undefined ? [{ name, subject, text: body.text, html: page?.text ?? null }] : [];
  });
}

export function Message({ event }: { event: EventDetail }) {
  const [said, setSaid] = useState<Said[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  // What comes late is about another event, or older texts.
  useEffect(() => {
    let isLate = false;
    const request = { file: event.file, record: Number(event.record), templates: templates() };
    engine.alertPreview(event.index, request).then(
      (messages) => {
        if (isLate) return;
        setSaid(messages);
        setFault(null);
      },
      (error: unknown) => {
        if (!isLate) setFault(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      isLate = true;
    };
  }, [event, files.value, manifest.value]);
  if (fault !== null) return <p class="ev-help">The message cannot be shown: {fault}</p>;
  if (said === null) return <p class="ev-help">…</p>;
  if (!said.length) return <p class="ev-help">No alert fires on this event, so nothing is said of it.</p>;
  return (
    <>
      {said.map((message, at) => (
        <One key={at} message={message} />
      ))}
      <p class="ev-help">A false alarm? Whitelist the hash, silence alerts like this and keep the events, or make a filter that drops them: the buttons above.</p>
    </>
  );
}

function One({ message }: { message: Said }) {
  const file = manifest.value.templates?.find(({ name }) => name === message.template)?.text;
  return (
    <article class="ev-message">
      <p class="ev-help">
        <RuleLink rule={message.rule} /> sends {plain(message.via)}
        {message.to.length > 0 && ` to ${plain(message.to.join(", "))}`}
        {message.template !== null && ` by template “${plain(message.template)}”`}
        {file !== undefined && fileOf(file) !== undefined && (
          <>
            {" "}
            <button type="button" class="ev-link" onClick={() => void editFile(file)}>
              Edit
            </button>
          </>
        )}{" "}
        <button type="button" class="ev-link" onClick={() => void copy(`${message.subject}\n\n${message.text}`, "Message")}>
          Copy
        </button>
      </p>
      {message.problems.map((problem, at) => (
        <p key={at} class="ev-message-problem" role="alert">
          {plain(problem)}
        </p>
      ))}
      <h4>{plain(message.subject)}</h4>
      <pre class="ev-message-text">{message.text}</pre>
    </article>
  );
}
