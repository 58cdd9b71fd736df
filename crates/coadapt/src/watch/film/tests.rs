//! Tests of the files that films are written to: what is read back, and what is left after a failure.

use super::*;

/// Four pixels: red, green, blue, white.
fn four() -> Frame {
    let mut frame = Frame::filled(2, 2, [255; 3]);
    for (x, y, colour) in [(0, 0, [255, 0, 0]), (1, 0, [0, 255, 0]), (0, 1, [0, 0, 255])] {
        frame.blend(x, y, colour, 1.0);
    }
    frame
}

#[test]
fn a_png_reads_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("four.png");
    Png::create(&path).unwrap().finish(&four()).unwrap();
    let file = std::io::BufReader::new(File::open(&path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!((info.width, info.height, info.color_type), (2, 2, png::ColorType::Rgb));
    assert_eq!(bytes, four().rgb());
}

#[test]
fn a_gif_reads_back_with_its_frames_and_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.gif");
    let mut film = Gif::create(&path, [2, 2], 4).unwrap();
    let grey = Frame::filled(2, 2, [128; 3]);
    [&four(), &grey, &four()].iter().for_each(|frame| film.add(frame).unwrap());
    assert_eq!(film.finish().unwrap(), 3);
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(File::open(&path).unwrap()).unwrap();
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let mut seen = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let rgb: Vec<u8> = frame.buffer.chunks(4).flat_map(|pixel| &pixel[..3]).copied().collect();
        seen.push((frame.delay, rgb));
    }
    assert_eq!(seen, [&four(), &grey, &four()].map(|frame| (4, frame.rgb().to_vec())));
}

#[test]
fn an_unfinished_film_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.gif");
    std::fs::write(&path, "an older film").unwrap();
    let mut film = Gif::create(&path, [2, 2], 4).unwrap();
    film.add(&four()).unwrap();
    drop(film);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "an older film");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = Png::create(&folder.path().join("no/such.png")).map(|_| ()).unwrap_err();
    assert!(format!("{nowhere:#}").contains("no/such.png: No such file"), "{nowhere:#}");
    drop(Png::create(&path).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn endings_say_what_to_write() {
    let format = |name| Format::of(Path::new(name)).map_err(|error| error.to_string());
    assert_eq!((format("a/b.GIF"), format("b.png")), (Ok(Format::Gif), Ok(Format::Png)));
    assert!(format("b.mp4").unwrap_err().contains("mp4 is not enabled"));
    assert!(format("b.webm").unwrap_err().contains(".webm is not written"));
    assert!(format("film").unwrap_err().contains("has no ending"));
}

#[test]
fn frames_are_laid_out_in_rows() {
    let [black, grey] = [[0; 3], [9; 3]].map(|colour| Frame::filled(2, 1, colour));
    let whole = tiled(&[black.clone(), grey.clone(), grey], 2, 0);
    assert_eq!((whole.width(), whole.height()), (4, 2));
    let row = |y| (0..4).map(|x| whole.pixel(x, y)[0]).collect::<Vec<_>>();
    assert_eq!((row(0), row(1)), (vec![0, 0, 9, 9], vec![9, 9, 255, 255]));
    assert_eq!(tiled(std::slice::from_ref(&black), 5, 3).width(), 2);
    let apart = tiled(&[black.clone(), black], 1, 1);
    assert_eq!((apart.width(), apart.height()), (2, 3));
    assert_eq!([0, 1, 2].map(|y| apart.pixel(0, y)[0]), [0, 255, 0]);
}
