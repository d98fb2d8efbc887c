"""Questions that speak of a passage which nobody sees later, and others with the same words."""

from __future__ import annotations

import pytest

from core.taxonomy.rules.references import reference_in


@pytest.mark.parametrize(
    "question",
    [
        "What does this table show?",
        "What is the text above about?",
        "What does the given text describe?",
        "In the text, who sings?",
        "What can be inferred from the text?",
        "What is the document's main point?",
        "What does the passage say of tolls?",
        "Who pays in the passage?",
        "What is the document about?",
        "What is the purpose of this section?",
        "Which column of this table is for years?",
        "What is the main idea of the excerpt?",
        "What is the main topic of the article?",
        "According to the author, who paid for the bridge?",
        "What does the author say about tolls?",
        "In the following text, who crosses the bridge?",
        "Based on the above, who paid?",
        "Using the information provided, who paid?",
        "As mentioned earlier, who paid?",
        "What does the diagram show?",
        "What does the graph suggest about tolls?",
        "Which tolls does the document list?",
        "How many tolls are listed in the chart?",
        "Who paid, according to the article?",
        "Based on the context, who paid?",
        "Summarise the article.",
        "What is said of the bridge in the text above?",
        "What does the figure above tell?",
        "Who is mentioned in the second paragraph?",
        "What does the preceding paragraph state?",
    ],
)
def test_questions_about_a_passage(question: str) -> None:
    assert reference_in(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which HTML element puts an image in the document?",
        "How does a search engine find a given document?",
        "How is a word's meaning derived from the context?",
        "Which town lies below Table Rock?",
        "Which layers are described below the kernel?",
        "How do you centre the text?",
        "Who found the passage?",
        "What is the passage?",
        "What does the author mean by 'labour' in Capital?",
        "What does the text editor say when a file is missing?",
        "Why does the image show noise in the dark?",
        "Who is the author of the anthem?",
        "How does the author of a commit differ from its committer?",
        "What does Article 5 state?",
        "What is mentioned in the article of faith?",
        "What is the following distance on a motorway?",
        "How do you jump to the following section?",
        "What is shown in the status bar?",
        "Which birds are described in the document by the monks?",
        "Who dug out the passage tomb?",
        "How long did the passage of the bill take?",
        "Which sign marks the end of a paragraph?",
        "How many moons are listed in the table by Kepler?",
        "Are all of the above ground parts poisonous?",
        "What is the mood of the following text: 'Oh, joy!'?",
        "What does the section chief do?",
        "How does the network predict a word based on the context?",
    ],
)
def test_questions_about_something_else(question: str) -> None:
    assert reference_in(question) is None
